"""Configuration: the manifest, environments, the home, secrets. The only reader of `os.environ`."""

from lakefront.config.home import Home, Secrets, generate_secrets, read_json, write_json
from lakefront.config.login import Login
from lakefront.config.manifest import (
    COMPANIONS,
    GROUPS,
    MANIFEST_NAME,
    OPTIONAL_SERVICES,
    PART_OF_CATALOG,
    SERVICES,
    VERSION_PATTERN,
    AuditTable,
    EnvTable,
    LookTable,
    Manifest,
    load_manifest,
)
from lakefront.config.schemas import BUNDLE_NAMES, Schemas
from lakefront.config.settings import LOOPBACK, Service, Settings, find_bundle, load_settings, local_services, parts

__all__ = [
    "BUNDLE_NAMES",
    "COMPANIONS",
    "GROUPS",
    "LOOPBACK",
    "MANIFEST_NAME",
    "OPTIONAL_SERVICES",
    "PART_OF_CATALOG",
    "SERVICES",
    "VERSION_PATTERN",
    "AuditTable",
    "EnvTable",
    "Home",
    "Login",
    "LookTable",
    "Manifest",
    "Schemas",
    "Secrets",
    "Service",
    "Settings",
    "find_bundle",
    "generate_secrets",
    "load_manifest",
    "load_settings",
    "local_services",
    "parts",
    "read_json",
    "write_json",
]
