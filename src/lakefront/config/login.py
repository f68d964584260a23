"""How people log in to the explorer: `[env.NAME.login]` and its secrets, checked and put together."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from pydantic import TypeAdapter, ValidationError

from lakefront.config.home import Secrets
from lakefront.config.manifest import LoginTable, PrivateAddress
from lakefront.errors import BadInputError, Location, NotAllowedError

#: Where Streamlit takes people back from the provider, below the explorer's own address.
CALLBACK: Final = "/oauth2callback"
_SHORTEST_COOKIE_SECRET: Final = 32
_CLIENT_SECRET: Final = "LAKEFRONT_LOGIN_CLIENT_SECRET"  # noqa: S105 - a name
_COOKIE_SECRET: Final = "LAKEFRONT_LOGIN_COOKIE_SECRET"  # noqa: S105 - a name


@dataclass(frozen=True)
class Login:
    """An OpenID provider and what it knows the explorer by. `seconds`: how long a login lasts."""

    metadata_url: str
    client_id: str
    redirect_uri: str
    claim: str
    seconds: float
    client_secret: str = field(repr=False)
    cookie_secret: str = field(repr=False)


def resolve_login(table: LoginTable, secrets: Secrets, explorer: str, manifest: Location, env_name: str) -> Login:
    """Return how people log in to the explorer at the address `explorer`.

    Raises NotAllowedError (`secret-missing`), BadInputError (`login-cookie-secret`, `login-redirect`).
    """
    if not secrets.login_client_secret:
        raise NotAllowedError(
            "secret-missing",
            f"people log in by [env.{env_name}.login], and {_CLIENT_SECRET} is not set;"
            f" looked at ${_CLIENT_SECRET} and ${_CLIENT_SECRET}_FILE",
            where=manifest,
            fix=f"set one of them to the secret that the provider gave the client '{table.client_id}'",
        )
    if secrets.login_cookie_secret and len(secrets.login_cookie_secret) < _SHORTEST_COOKIE_SECRET:
        raise BadInputError(
            "login-cookie-secret",
            f"{_COOKIE_SECRET} is shorter than {_SHORTEST_COOKIE_SECRET} characters: it could be guessed",
            fix="make one by `openssl rand -hex 32`, or leave it out: then it is made from the signing key",
        )
    redirect_uri = table.redirect_uri or explorer + CALLBACK
    try:
        TypeAdapter[str](PrivateAddress).validate_python(redirect_uri)
    except ValidationError:
        raise BadInputError(
            "login-redirect",
            f"the provider would send people back to {redirect_uri}, in the clear",
            where=manifest,
            fix=f'write redirect_uri = "https://…{CALLBACK}" into [env.{env_name}.login]',
        ) from None
    return Login(
        metadata_url=table.metadata_url,
        client_id=table.client_id,
        redirect_uri=redirect_uri,
        claim=table.claim,
        seconds=table.hours * 3600,
        client_secret=secrets.login_client_secret,
        cookie_secret=secrets.cookie_secret,
    )
