"""`python -m nbprod.config` prints the JSON Schema of the configuration, for docs/config.schema.json."""

import msgspec

from nbprod.config.schema import json_schema

print(msgspec.json.format(msgspec.json.encode(json_schema()), indent=2).decode())
