"""Databases: DB-API drivers, SQLAlchemy, DuckDB, MongoDB, key-value stores.

DB-API drivers (PEP 249) share the types "dbapi.Connection" and "dbapi.Cursor". The `path` of an executed
statement is its text.
"""

from typing import Final

from nbprod.semantic.facts import EventKind
from nbprod.semantic.libraries.tables import each
from nbprod.semantic.library import SELF, Effect, Library, Type
from nbprod.semantic.values import Tag

_FRAME: Final = "pandas.DataFrame"
_CONNECTION: Final = "dbapi.Connection"
_CURSOR: Final = "dbapi.Cursor"
_ENGINE: Final = "sqlalchemy.Engine"
_SESSION: Final = "sqlalchemy.orm.Session"
_RELATION: Final = "duckdb.DuckDBPyRelation"
_COLLECTION: Final = "pymongo.collection.Collection"
_SAME: Final = Effect(returns="self")
_ROWS: Final = Effect(tags=Tag.EXTERNAL)
_COMMAND: Final = Effect(EventKind.DB, "command", tags=Tag.EXTERNAL)


def _connect(returns: str = _CONNECTION, parameter: str = "dsn") -> Effect:
    return Effect(EventKind.DB, "connect", path=(0, parameter), returns=returns)


def _execute(returns: str | None, parameter: str = "sql") -> Effect:
    return Effect(EventKind.DB, "execute", path=(0, parameter), returns=returns)


def _write(parameter: str) -> Effect:
    return Effect(EventKind.DB, "write", inputs={"data": (0, parameter)})


_CLOSING: Final = each("commit rollback close", Effect())
_DUCKDB: Final = {
    **each("sql query execute", _execute(_RELATION, "query")),
    "read_csv": Effect(EventKind.LOAD, "csv", path=(0, "path_or_buffer"), returns=_RELATION),
    "read_parquet": Effect(EventKind.LOAD, "parquet", path=(0, "path_or_buffer"), returns=_RELATION),
    "read_json": Effect(EventKind.LOAD, "json", path=(0, "path_or_buffer"), returns=_RELATION),
}
_STATEMENTS: Final = {
    "execute": _execute("sqlalchemy.Result", "statement"),
    **each("exec_driver_sql scalar scalars", _execute("sqlalchemy.Result", "statement")),
}

LIBRARY = Library(
    aliases={
        "psycopg2.extensions": "psycopg2",
        "MySQLdb.connections": "MySQLdb",
        "pymysql.connections": "pymysql",
        "mysql.connector.connection": "mysql.connector",
        "cx_Oracle": "oracledb",
        "sqlalchemy.engine": "sqlalchemy",
        "sqlalchemy.sql.text": "sqlalchemy.text",
        "sqlalchemy.sql.expression": "sqlalchemy",
        "sqlalchemy.orm.session.Session": _SESSION,
        "pymongo.mongo_client": "pymongo",
        "pinecone.grpc.PineconeGRPC": "pinecone.Pinecone",
        "redis.StrictRedis": "redis.Redis",
    },
    functions={
        "sqlite3.connect": _connect(parameter="database"),
        **each("""psycopg2.connect psycopg.connect pymysql.connect MySQLdb.connect mysql.connector.connect
               pyodbc.connect oracledb.connect pymssql.connect snowflake.connector.connect trino.dbapi.connect
               pyhive.hive.connect pyhive.presto.connect""", _connect()),
        **each("create_engine create_async_engine", _connect(_ENGINE, "url"), "sqlalchemy"),
        "sqlalchemy.ext.asyncio.create_async_engine": _connect(_ENGINE, "url"),
        "sqlalchemy.text": Effect(returns="sqlalchemy.TextClause"),
        "sqlalchemy.orm.sessionmaker": Effect(returns="sqlalchemy.orm.sessionmaker"),
        "duckdb.connect": _connect("duckdb.DuckDBPyConnection", "database"),
        **{f"duckdb.{name}": effect for name, effect in _DUCKDB.items()},
        "neo4j.GraphDatabase.driver": Effect(EventKind.DB, "connect", path=(0, "uri"), returns="neo4j.Driver"),
        "ibis.connect": _connect("ibis.Backend", "resource"),
    },
    types={
        _CONNECTION: Type(
            methods={
                "cursor": Effect(returns=_CURSOR),
                **each("execute executemany executescript", _execute(_CURSOR)),
                **_CLOSING, "__enter__": _SAME,
            }
        ),
        _CURSOR: Type(
            methods={
                **each("execute executemany executescript callproc", _execute("self")),
                "copy_from": _write("file"), "copy_expert": _execute(None),
                **each("fetchall fetchone fetchmany fetch_pandas_all", _ROWS),
                **_CLOSING, "__enter__": _SAME,
            },
            holds=Tag.EXTERNAL,
        ),
        "sqlalchemy.Connection": Type(methods={**_STATEMENTS, **_CLOSING, "begin": _SAME, "__enter__": _SAME}),
        _ENGINE: Type(
            methods={
                **each("connect begin raw_connection",
                       Effect(EventKind.DB, "connect", returns="sqlalchemy.Connection")),
                **_STATEMENTS, "dispose": Effect(),
            }
        ),
        "sqlalchemy.TextClause": Type(fluent=True),
        "sqlalchemy.Result": Type(
            fluent=True, methods=each("fetchall fetchone all first one scalar mappings", _ROWS), holds=Tag.EXTERNAL
        ),
        "sqlalchemy.orm.sessionmaker": Type(methods={"__call__": Effect(returns=_SESSION)}),
        _SESSION: Type(
            methods={
                **_STATEMENTS,
                "query": Effect(EventKind.DB, "read", returns="sqlalchemy.Result"),
                **each("add add_all merge delete", Effect()),
                "bulk_save_objects": _write("objects"), "bulk_insert_mappings": _write("mappings"),
                **each("commit flush", Effect(EventKind.DB, "write")),
                "__enter__": _SAME,
            }
        ),
        "duckdb.DuckDBPyConnection": Type(
            methods={**_DUCKDB, "register": Effect(), **_CLOSING, "__enter__": _SAME,
                     **each("df fetchdf", Effect(returns=_FRAME)), **each("fetchall fetchone", _ROWS)}
        ),
        _RELATION: Type(
            fluent=True,
            methods={
                **each("df to_df fetchdf", Effect(returns=_FRAME)), "pl": Effect(returns="polars.DataFrame"),
                **each("fetchall fetchone fetchnumpy", _ROWS), "limit": Effect(returns="self", limits=(0, "n")),
                **{name: Effect(EventKind.WRITE, detail, path=(0, "file_name"), inputs={"data": SELF})
                   for name, detail in (("write_csv", "csv"), ("to_csv", "csv"), ("write_parquet", "parquet"),
                                        ("to_parquet", "parquet"))},
                "to_table": Effect(EventKind.WRITE, "sql", path=(0, "table_name"), inputs={"data": SELF}),
            },
        ),
        "pymongo.MongoClient": Type(
            make=_connect("pymongo.MongoClient", "host"),
            methods={"__getitem__": Effect(returns="pymongo.database.Database"),
                     "get_database": Effect(returns="pymongo.database.Database")},
        ),
        "pymongo.database.Database": Type(
            methods={"__getitem__": Effect(returns=_COLLECTION), "get_collection": Effect(returns=_COLLECTION)}
        ),
        _COLLECTION: Type(
            methods={
                **each("find find_one aggregate count_documents distinct", Effect(EventKind.DB, "read",
                                                                                tags=Tag.EXTERNAL)),
                "insert_one": _write("document"), "insert_many": _write("documents"),
                **each("update_one update_many replace_one delete_one delete_many bulk_write",
                       Effect(EventKind.DB, "write")),
            }
        ),
        # vector stores
        "pinecone.Pinecone": Type(
            methods={"Index": Effect(returns="pinecone.Index")},
            default=Effect(EventKind.HTTP, "sdk", tags=Tag.EXTERNAL),
        ),
        **each("pinecone.Index chromadb.Collection qdrant_client.QdrantClient weaviate.Client",
               Type(methods={**each("upsert upsert_records add update delete upload_collection upload_points",
                                    Effect(EventKind.DB, "write")),
                             **each("query search fetch get query_points scroll", Effect(EventKind.DB, "read",
                                                                                         tags=Tag.EXTERNAL))},
                    default=_COMMAND)),
        "chromadb.Client": Type(
            methods=each("create_collection get_collection get_or_create_collection",
                         Effect(EventKind.DB, "command", returns="chromadb.Collection")),
            default=_COMMAND,
        ),
        **each("PersistentClient HttpClient", Type(bases=("chromadb.Client",)), "chromadb"),
        "redis.Redis": Type(make=Effect(path=(0, "host")), default=_COMMAND),
        "elasticsearch.Elasticsearch": Type(make=Effect(path=(0, "hosts")), default=_COMMAND),
        "cassandra.cluster.Cluster": Type(methods={"connect": _connect("cassandra.cluster.Session", "keyspace")}),
        "cassandra.cluster.Session": Type(methods={"execute": _execute(None, "query")}),
        "clickhouse_driver.Client": Type(make=Effect(path=(0, "host")), default=_COMMAND),
        "neo4j.Driver": Type(methods={"session": Effect(returns="neo4j.Session"),
                                      "execute_query": _execute(None, "query_")}),
        "neo4j.Session": Type(methods={"run": _execute(None, "query"), "__enter__": _SAME}),
        "ibis.Backend": Type(methods={"sql": _execute(None, "query"), "table": Effect(EventKind.DB, "read")}),
    },
)  # fmt: skip
