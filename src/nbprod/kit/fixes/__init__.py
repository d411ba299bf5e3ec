"""The generators: each makes the plan of one kind of repair. `TODO(nbprod)` marks what a person has to fill in."""
