"""All that a rule may import: the base class, what a rule sees, and helpers to match and to fix."""

from nbprod.kit.answers import Answers, Certainty, Reading, certainty, is_model_text
from nbprod.kit.blocks import brief, events_in, last_name, later_uses, names_bound, only_shows, shows, walk_block
from nbprod.kit.budgets import Budgets, RowCalls
from nbprod.kit.categories import (
    Categories,
    categories_of,
    declares_categories,
    encodes_text,
    is_aligned,
    is_label_encoder,
)
from nbprod.kit.columns import Columns, Features, Target
from nbprod.kit.comparisons import (
    Compared,
    HeldOut,
    chooses,
    compared,
    is_validation,
    repetitions,
    set_key,
    set_name,
    watched_sets,
)
from nbprod.kit.context import Context, Place
from nbprod.kit.dates import DateBound, date_bounds
from nbprod.kit.dependencies import Project, project_of
from nbprod.kit.distributions import PLATFORM, distributions_of, is_declared, normal
from nbprod.kit.evaluations import Evaluations
from nbprod.kit.execution import Tools, author, executed_text
from nbprod.kit.failures import Hiding, Swallow, suppresses, swallows
from nbprod.kit.findings import INFO, Declined, Diagnosis, Plan, Severities
from nbprod.kit.flow import flow
from nbprod.kit.frames import FramePart, is_frame, is_table, pandas_major, part_of_frame, shows_all_results
from nbprod.kit.gates import is_gated
from nbprod.kit.headers import opening, statement
from nbprod.kit.http import Timeouts, timeout_parameter
from nbprod.kit.imbalance import Shares, made_up_for, shown_shares
from nbprod.kit.installs import Install, Requirement, installs
from nbprod.kit.language_models import Api, Client, LanguageModels, language_models
from nbprod.kit.leakage import (
    Leakage,
    Part,
    is_cross_validation,
    is_model_fit,
    leakage_of,
    learned_from,
    part_by_name,
    part_of,
)
from nbprod.kit.loads import (
    BESIDE_CODE,
    MODEL_FILE,
    first_outcomes,
    first_sinks,
    loaded_path,
    named_call,
    outcomes,
    shown_path,
)
from nbprod.kit.metrics import Role, is_asymmetric, name_of, parameters_of, role_by_name, role_of, scores_pair
from nbprod.kit.model_inputs import lists_features, model_fits, preparation_name, preparations
from nbprod.kit.model_names import is_floating, snapshot
from nbprod.kit.model_records import ModelRecords
from nbprod.kit.models import ModelKind, Piece, SavedModel, is_checkpoint, path_node, saved_models, saved_objects
from nbprod.kit.namespace import UnseenNames
from nbprod.kit.origins import Origin, Origins, origins
from nbprod.kit.owners import owner
from nbprod.kit.paths import PathKind, PathUse, local_paths, path_kind
from nbprod.kit.pickled import LocalObject, local_objects
from nbprod.kit.pins import Pin, pinned_version
from nbprod.kit.polling import Poll, polls_unbounded, unbounded_poll
from nbprod.kit.prompts import must_be_answered
from nbprod.kit.protection import Protection, Stake
from nbprod.kit.provenance import LoadedFrom, Provenance
from nbprod.kit.purpose import is_remote
from nbprod.kit.randomness import Randomness, takes_number
from nbprod.kit.records import Records
from nbprod.kit.responses import Response, Responses
from nbprod.kit.retired import Retired, retired_in
from nbprod.kit.rows import is_recorded, limit_node, row_count, row_sources, splits_off
from nbprod.kit.rule import Example, Rule, on
from nbprod.kit.saved_text import SavedText, saved_texts
from nbprod.kit.scoring import Score, Scores, held_out_set, learns_target, scores_of, sources
from nbprod.kit.secrets import Secret, SecretScanner, allowed_hashes, may_hold_secret, words_of
from nbprod.kit.settings import Setting, is_set_from_outside, settings_of
from nbprod.kit.sql import BuiltSql, Hole, built_sql
from nbprod.kit.validation import Validation
from nbprod.notebook import Cell, Magic, Notebook
from nbprod.patterns import lazy_pattern
from nbprod.protocol import Confidence, Dimension, Edit, Safety, Severity, Span
from nbprod.semantic import (
    BOUNDARIES,
    PROVIDED,
    Access,
    Binding,
    Call,
    Event,
    EventKind,
    Function,
    Literal,
    Stmt,
    Tag,
    Use,
    Value,
    is_a,
)

__all__ = [
    "BESIDE_CODE", "BOUNDARIES", "INFO", "MODEL_FILE", "PLATFORM", "PROVIDED", "Access", "Answers", "Api", "Binding",
    "Budgets", "BuiltSql", "Call", "Categories", "Cell", "Certainty", "Client", "Columns", "Compared", "Confidence",
    "Context", "DateBound", "Declined", "Diagnosis", "Dimension", "Edit", "Evaluations", "Event", "EventKind",
    "Example", "Features", "FramePart", "Function", "HeldOut", "Hiding", "Hole", "Install", "LanguageModels", "Leakage",
    "Literal", "LoadedFrom", "LocalObject", "Magic", "ModelKind", "ModelRecords", "Notebook", "Origin", "Origins",
    "Part", "PathKind", "PathUse", "Piece", "Pin", "Place", "Plan", "Poll", "Project", "Protection", "Provenance",
    "Randomness", "Reading", "Records", "Requirement", "Response", "Responses", "Retired", "Role", "RowCalls", "Rule",
    "Safety", "SavedModel", "SavedText", "Score", "Scores", "Secret", "SecretScanner", "Setting", "Severities",
    "Severity", "Shares", "Span", "Stake", "Stmt", "Swallow", "Tag", "Target", "Timeouts", "Tools", "UnseenNames",
    "Use", "Validation", "Value", "allowed_hashes", "author", "brief", "built_sql", "categories_of", "certainty",
    "chooses", "compared", "date_bounds", "declares_categories", "distributions_of", "encodes_text", "events_in",
    "executed_text", "first_outcomes", "first_sinks", "flow", "held_out_set", "installs", "is_a", "is_aligned",
    "is_asymmetric", "is_checkpoint", "is_cross_validation", "is_declared", "is_floating", "is_frame", "is_gated",
    "is_label_encoder", "is_model_fit", "is_model_text", "is_recorded", "is_remote", "is_set_from_outside", "is_table",
    "is_validation", "language_models", "last_name", "later_uses", "lazy_pattern", "leakage_of", "learned_from",
    "learns_target", "limit_node", "lists_features", "loaded_path", "local_objects", "local_paths", "made_up_for",
    "may_hold_secret", "model_fits", "must_be_answered", "name_of", "named_call", "names_bound", "normal", "on",
    "only_shows", "opening", "origins", "outcomes", "owner", "pandas_major", "parameters_of", "part_by_name", "part_of",
    "part_of_frame", "path_kind", "path_node", "pinned_version", "polls_unbounded", "preparation_name", "preparations",
    "project_of", "repetitions", "retired_in", "role_by_name", "role_of", "row_count", "row_sources",
    "saved_models", "saved_objects", "saved_texts", "scores_of", "scores_pair", "set_key", "set_name", "settings_of",
    "shown_path", "shown_shares", "shows", "shows_all_results", "snapshot", "sources", "splits_off", "statement",
    "suppresses", "swallows", "takes_number", "timeout_parameter", "unbounded_poll", "walk_block", "watched_sets",
    "words_of",
]  # fmt: skip
