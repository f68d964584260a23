"""`lakefront.toml`: the bundle's manifest, read into types, each mistake told with its line and column."""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from pathlib import Path
from typing import Annotated, Any, Final, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from lakefront.config.places import key_position
from lakefront.config.schemas import NAME_PATTERN, PREFIX_PATTERN, Schemas, check_names
from lakefront.errors import BadInputError, Location, did_you_mean

MANIFEST_NAME: Final = "lakefront.toml"
#: The parts of a stack that an environment may name by address instead of having them started.
SERVICES: Final = ("objects", "catalog", "trino", "superset", "explorer")
#: Parts that are started only where they are asked for, by `lakefront up --with` or `[stack] with`.
OPTIONAL_SERVICES: Final = ("opensearch", "shipper", "monitor", "node", "alertmanager", "prometheus", "grafana")
#: Parts that are started beside another one that is started here: they are of no use without it.
COMPANIONS: Final = {"audit": "trino"}
#: Names that stand for several optional parts.
GROUPS: Final[dict[str, tuple[str, ...]]] = {"ops": OPTIONAL_SERVICES}
#: Catalogs of Trino that come with an optional part, and the name that starts it.
PART_OF_CATALOG: Final = {"opensearch": "ops"}

VERSION_PATTERN: Final = r"^[0-9]{1,3}(\.[0-9]{1,4}){2}([+~-][A-Za-z0-9.-]{1,40})?$"

Port = Annotated[int, Field(ge=1, le=65535)]
Colour = Annotated[str, StringConstraints(pattern=r"^#[0-9A-Fa-f]{6}$")]
Heap = Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]*[MG]$")]
Address = Annotated[str, StringConstraints(pattern=r"^https?://[A-Za-z0-9._\[\]:-]+(/[^\s?#]*)?$")]
SchemaName = Annotated[str, StringConstraints(pattern=NAME_PATTERN, max_length=128)]
SchemaPrefix = Annotated[str, StringConstraints(pattern=PREFIX_PATTERN, max_length=64)]
#: Identities travel there: never in the clear, but on one's own machine.
PrivateAddress = Annotated[
    str,
    StringConstraints(
        pattern=r"^(https://[A-Za-z0-9._\[\]:-]+|http://(127\.0\.0\.1|localhost)(:[0-9]+)?)(/[^\s?#]*)?(\?[^\s#]*)?$"
    ),
]
#: Where a release of Grafana is fetched from. Its checksum comes the same way: so never in the clear, but from oneself.
ReleaseAddress = Annotated[
    str,
    StringConstraints(
        pattern=r"^(https://[A-Za-z0-9._\[\]:-]+|http://(127\.0\.0\.1|localhost)(:[0-9]+)?)"
        r"/([A-Za-z0-9._~/@+%=-]|\{(version|os|arch)\})*\{version\}([A-Za-z0-9._~/@+%=-]|\{(version|os|arch)\})*$"
    ),
]
Version = Annotated[str, StringConstraints(pattern=VERSION_PATTERN)]
BucketName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$")]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class BundleTable(_Table):
    """`[bundle]`: the name of the bundle, and where its parts are, relative to the manifest.

    `contact`: whom people ask for access; whoever is refused is told so.
    """

    name: str = Field(min_length=1)
    default_env: str = "local"
    contact: str | None = None
    semantic_layer: str = "semantic_layer"
    superset_assets: str = "superset_assets"
    grafana_dashboards: str = "grafana_dashboards"
    streamlit_app: str = "streamlit_app"
    deploy: str = "deploy"


class LookTable(_Table):
    """`[look]`: the colours that all front ends share."""

    ink: Colour = "#0F2A3D"
    primary: Colour = "#0B6E99"
    accent: Colour = "#F2A65A"
    good: Colour = "#2E8B57"
    warning: Colour = "#D98E04"
    bad: Colour = "#C8443C"
    surface: Colour = "#FFFFFF"
    surface_alt: Colour = "#F5F8FA"
    dark_surface: Colour = "#0E1A24"
    dark_surface_alt: Colour = "#152534"
    series: tuple[Colour, ...] = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00")


class PortsTable(_Table):
    """`[stack.ports]`: where the local components listen, on 127.0.0.1."""

    objects: Port = 9480
    catalog: Port = 9481
    trino: Port = 9482
    superset: Port = 8088
    explorer: Port = 8501
    opensearch: Port = 9483
    audit: Port = 9484
    shipper: Port = 9485
    prometheus: Port = 9486
    monitor: Port = 9487
    node: Port = 9488
    alertmanager: Port = 9489
    grafana: Port = 9490


class MemoryTable(_Table):
    """`[stack.memory]`: heaps of the local Java components."""

    trino_heap: Heap = "2G"
    catalog_heap: Heap = "256M"
    objects_heap: Heap = "192M"
    opensearch_heap: Heap = "512M"


class ProgramsTable(_Table):
    """`[stack.programs]`: paths of programs that no package registry has, where they are not on the path."""

    prometheus: str | None = None
    alertmanager: str | None = None
    node: str | None = None


class StackTable(_Table):
    """`[stack]`: how the local stack runs.

    `with` names optional parts that are started without being asked for; `access`: whether Trino obeys the policies;
    `metrics_kept`: how long Prometheus keeps figures.
    """

    with_: tuple[
        Literal["ops", "opensearch", "shipper", "monitor", "node", "alertmanager", "prometheus", "grafana"], ...
    ] = Field(default=(), alias="with")
    access: Literal["open", "policies"] = "open"
    ports: PortsTable = PortsTable()
    memory: MemoryTable = MemoryTable()
    programs: ProgramsTable = ProgramsTable()
    metrics_kept: str = Field(default="3d", pattern=r"^[1-9][0-9]*[hdwy]$")


class AuditTable(_Table):
    """`[audit]`: what is kept of who asked what, and how soon it is written.

    A batch is written when its oldest event has waited `flush_seconds` (longer while many are written), or when there
    are `flush_events`. `spool_mb` bounds what may wait on disk while the table cannot be written.
    """

    keep_days: int = Field(default=90, ge=1)
    flush_seconds: float = Field(default=5.0, gt=0, le=3600)
    flush_events: int = Field(default=500, ge=1, le=100_000)
    spool_mb: int = Field(default=256, ge=1)


class SampleTable(_Table):
    """`[sample]`: the sample lakehouse. At `scale` 1 it has 200,000 orders."""

    until: dt.date = dt.date(2026, 10, 31)
    scale: float = Field(default=1.0, ge=0.02, le=50)


class LoginTable(_Table):
    """`[env.NAME.login]`: where people of the explorer log in, by OpenID Connect.

    `claim`: which claim of the ID token is a person's name in Trino. `hours`: how long a login lasts.
    """

    metadata_url: PrivateAddress
    client_id: str = Field(min_length=1)
    claim: str = Field(default="preferred_username", min_length=1)
    redirect_uri: PrivateAddress | None = Field(default=None, pattern="/oauth2callback$")
    hours: float = Field(default=12, gt=0, le=720)


class EnvTable(_Table):
    """`[env.NAME]`: one environment. A service without an address is started by `lakefront up`.

    `schema_prefix` is put before every schema of the lake that the bundle names; `schemas` says what single ones are
    called, also of other catalogs (`catalog.schema`), and wins over the prefix. `thumbnails_url`: what browsers fetch
    thumbnails from instead of the explorer, such as a CDN that fetches them from there.
    """

    objects: Address | None = None
    catalog: Address | None = None
    trino: Address | None = None
    superset: Address | None = None
    explorer: Address | None = None
    opensearch: Address | None = None
    audit: Address | None = None
    shipper: Address | None = None
    monitor: Address | None = None
    node: Address | None = None
    alertmanager: Address | None = None
    grafana: Address | None = None
    prometheus: Address | None = None
    thumbnails_url: Address | None = None
    region: str = "us-east-1"
    warehouse_bucket: BucketName = "warehouse"
    media_bucket: BucketName = "media"
    iceberg_catalog: str = Field(default="iceberg", pattern=r"^[a-z][a-z0-9_]*$")
    schema_prefix: SchemaPrefix = ""
    schemas: dict[SchemaName, SchemaName] = Field(default_factory=dict[str, str])
    trino_user: str = Field(default="lakefront", min_length=1)
    superset_user: str = Field(default="admin", min_length=1)
    superset_workers: bool = False
    login: LoginTable | None = None

    def address(self, service: str) -> str | None:
        """Return the address that this environment gives for a service, without a trailing slash."""
        value: str | None = getattr(self, service)
        return value.rstrip("/") if value else None


class GrafanaTable(_Table):
    """`[grafana]`: the folder that the bundle's dashboards and alerts are in, and where runbooks are read.

    `runbooks`: the address below which the pages of docs/operations/runbooks are; alerts link there. `version` and
    `release`: what `lakefront install grafana` fetches, and from where; the checksum is looked for beside it.
    """

    folder: str = Field(default="Lakefront", min_length=1)
    folder_uid: str = Field(default="lakefront", pattern=r"^[a-z][a-z0-9-]{0,39}$")
    runbooks: Address = "https://example.com/docs/operations/runbooks"
    version: Version = "12.4.3"
    release: ReleaseAddress = "https://dl.grafana.com/oss/release/grafana-{version}.{os}-{arch}.tar.gz"


class Manifest(_Table):
    """The whole of `lakefront.toml`."""

    bundle: BundleTable
    look: LookTable = LookTable()
    grafana: GrafanaTable = GrafanaTable()
    stack: StackTable = StackTable()
    audit: AuditTable = AuditTable()
    sample: SampleTable = SampleTable()
    env: dict[str, EnvTable] = Field(default_factory=lambda: {"local": EnvTable()})


def load_manifest(path: Path) -> Manifest:
    """Read and check a manifest.

    Raises BadInputError (`manifest-missing`, `manifest-syntax`, `manifest-invalid`) with file, line and column.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise BadInputError(
            "manifest-missing",
            f"there is no {MANIFEST_NAME} here",
            where=Location(path),
            fix=f"go into a bundle, or name one with --bundle DIR (a folder that holds {MANIFEST_NAME})",
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise BadInputError(
            "manifest-unreadable",
            f"the manifest cannot be read: {error}",
            where=Location(path),
            fix="see that it is a readable UTF-8 file",
        ) from None
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line, column = _syntax_position(str(error), text)
        raise BadInputError(
            "manifest-syntax",
            f"this is not valid TOML: {str(error).split(' (at ')[0].lower()}",
            where=Location(path, line, column),
            fix="mend that line; strings need quotes, tables look like [stack.ports]",
        ) from None
    try:
        manifest = Manifest.model_validate(data)
    except ValidationError as error:
        raise _first_problem(error, path, text) from None
    for name, env in manifest.env.items():
        check_names(Schemas(env.iceberg_catalog, env.schema_prefix, env.schemas, path, name))
    return manifest


def _syntax_position(message: str, text: str) -> tuple[int, int]:
    found = re.search(r"\(at line (\d+), column (\d+)\)", message)
    if found:
        return int(found[1]), int(found[2])
    return text.count("\n") + 1, 1  # tomllib says "(at end of document)"


def _first_problem(error: ValidationError, path: Path, text: str) -> BadInputError:
    problem = error.errors(include_url=False)[0]
    keys = tuple(str(part) for part in problem["loc"] if part != "[key]")  # pydantic's mark of a key that is wrong
    line, column = key_position(text, keys)
    where = Location(path, line, column)
    dotted = ".".join(keys)
    kind = problem["type"]
    if kind == "extra_forbidden":
        known = _fields_at(keys[:-1])
        return BadInputError(
            "manifest-unknown-key",
            f"'{dotted}' is not a setting.{did_you_mean(keys[-1], known)}",
            where=where,
            fix=f"use one of: {', '.join(known)}",
        )
    if kind == "missing":
        return BadInputError("manifest-missing-key", f"'{dotted}' is missing", where=where, fix=f"add {keys[-1]} = …")
    return BadInputError(
        "manifest-invalid",
        f"'{dotted}' = {problem['input']!r}: {_in_words(keys, problem)}",
        where=where,
        fix=_example(keys),
    )


def _in_words(keys: tuple[str, ...], problem: Any) -> str:
    if problem["type"] == "string_pattern_mismatch":
        return "it does not have the form that is wanted here"
    if keys[:2] == ("stack", "ports"):
        return "a port is a whole number from 1 to 65535"
    return str(problem["msg"]).lower()


_EXAMPLES_OF_ENV: Final = {
    "thumbnails_url": 'write an address without a query, such as thumbnails_url = "https://cdn.example.com"',
    "schemas": 'write names such as sales = "shop_sales", or, in quotes, "crm.main" = "crm_staging.main"',
    "schema_prefix": 'write small letters, digits and underscores, such as schema_prefix = "stg_"',
}
_EXAMPLES_OF_LOGIN: Final = {
    "metadata_url": 'write metadata_url = "https://login.example.com/.well-known/openid-configuration"',
    "redirect_uri": 'write redirect_uri = "https://media.example.com/oauth2callback"',
    "hours": "write hours = 12; at most 720",
}

_EXAMPLES_OF_GRAFANA: Final = {
    "version": 'write a version such as version = "12.4.3"',
    "release": 'write an https address with its version, such as "https://…/grafana-{version}.{os}-{arch}.tar.gz"',
}


def _example(keys: tuple[str, ...]) -> str:
    last = keys[-1]
    table = "".join(keys[2:3]) if keys[0] == "env" else keys[0]
    known = {"login": _EXAMPLES_OF_LOGIN, "grafana": _EXAMPLES_OF_GRAFANA}.get(table, {}).get(last)
    if known or table in _EXAMPLES_OF_ENV:
        return known or _EXAMPLES_OF_ENV[table]
    if keys[0] == "env" and last in (*SERVICES, *OPTIONAL_SERVICES, *COMPANIONS):
        return f'write an address such as {last} = "https://{last}.example.com:443"'
    examples = {
        "grafana": 'write folder = "Lakefront", folder_uid = "lakefront", runbooks = "https://…"',
        "look": 'write a colour such as "#0B6E99"',
        "sample": "write a date such as until = 2026-10-31",
    }
    if keys[:2] == ("stack", "ports"):
        return f"write a free port such as {last} = 9482"
    if keys[:2] == ("stack", "memory"):
        return f'write a size such as {last} = "2G"'
    if keys[:2] == ("stack", "with"):
        return 'name optional parts, such as with = ["ops"]'
    return examples.get(keys[0], "see docs/reference/lakefront-toml.md for what is allowed")


def _fields_at(keys: tuple[str, ...]) -> list[str]:
    model: type[BaseModel] = Manifest
    for key in keys:
        if model is Manifest and key == "env":
            continue
        inner = model.model_fields[key].annotation if key in model.model_fields else EnvTable
        tables = [kind for kind in (inner, *get_args(inner)) if isinstance(kind, type) and issubclass(kind, BaseModel)]
        model = tables[0] if tables else EnvTable
    return [field.alias or name for name, field in model.model_fields.items()]
