"""A small OpenID provider: discovery, keys, a login form, codes with PKCE, signed ID tokens, the end of a session."""

from __future__ import annotations

import base64
import hashlib
import secrets
import threading
import time
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlencode

import uvicorn
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from tests.support.services import HOST, free_port
from tests.support.waiting import wait_for

CLIENT: Final = "lakefront"
CLIENT_SECRET: Final = "the secret of the client"
PASSWORD: Final = "correct horse"
_FORM: Final = """<!doctype html><title>Log in</title><h1>The provider</h1><form method="post">
<label>Name <input name="name"></label> <label>Password <input name="password" type="password"></label>
<button>Sign in</button></form>"""


@dataclass
class OpenIdProvider:
    """A provider on a port of its own. What it tells of somebody is what `claims` says of her when she logs in."""

    redirect_uri: str
    claims: dict[str, dict[str, Any]]
    #: How many seconds ago tokens say that they were issued.
    age: float = 0
    #: Whose sessions were ended here, by the ID token that was shown.
    ended: list[str] = field(default_factory=list[str])

    def __post_init__(self) -> None:
        self.port = free_port()
        self.issuer = f"http://{HOST}:{self.port}"
        self._key = RSAKey.generate_key(2048, {"kid": "one", "use": "sig", "alg": "RS256"})
        self._codes: dict[str, dict[str, str]] = {}
        app = Starlette(
            routes=[
                Route("/.well-known/openid-configuration", self._discovery),
                Route("/keys", self._keys),
                Route("/authorize", self._authorize, methods=["GET", "POST"]),
                Route("/token", self._token, methods=["POST"]),
                Route("/end", self._end),
            ]
        )
        self._server = uvicorn.Server(uvicorn.Config(app, host=HOST, port=self.port, log_level="warning"))
        self._thread = threading.Thread(target=self._server.run, daemon=True)

    @property
    def metadata_url(self) -> str:
        return f"{self.issuer}/.well-known/openid-configuration"

    def start(self) -> None:
        self._thread.start()
        wait_for(lambda: self._server.started, what="the OpenID provider starting")

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(timeout=30)

    async def _discovery(self, _request: Request) -> Response:
        return JSONResponse(
            {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/keys",
                "end_session_endpoint": f"{self.issuer}/end",
                "response_types_supported": ["code"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "code_challenge_methods_supported": ["S256"],
                "token_endpoint_auth_methods_supported": ["client_secret_basic"],
            }
        )

    async def _keys(self, _request: Request) -> Response:
        return JSONResponse(KeySet([self._key]).as_dict(private=False))

    async def _authorize(self, request: Request) -> Response:
        asked = dict(request.query_params)
        known = (asked.get("client_id"), asked.get("redirect_uri"), asked.get("response_type"))
        if known != (CLIENT, self.redirect_uri, "code") or asked.get("code_challenge_method") != "S256":
            return PlainTextResponse("not a client of this provider", 400)
        if request.method == "GET":
            return HTMLResponse(_FORM)
        given = await request.form()
        name = str(given.get("name"))
        if name not in self.claims or given.get("password") != PASSWORD:
            return HTMLResponse(_FORM, 403)
        code = secrets.token_urlsafe(16)
        self._codes[code] = {**asked, "name": name}
        answer = urlencode({"code": code, "state": asked["state"]})
        return RedirectResponse(f"{self.redirect_uri}?{answer}", 303)

    async def _token(self, request: Request) -> Response:
        basic = base64.b64encode(f"{CLIENT}:{CLIENT_SECRET}".encode()).decode()
        if request.headers.get("authorization") != f"Basic {basic}":
            return JSONResponse({"error": "invalid_client"}, 401)
        given = await request.form()
        asked = self._codes.pop(str(given.get("code")), None)
        verifier = hashlib.sha256(str(given.get("code_verifier")).encode()).digest()
        challenge = base64.urlsafe_b64encode(verifier).rstrip(b"=").decode()
        if asked is None or asked["code_challenge"] != challenge or given.get("redirect_uri") != self.redirect_uri:
            return JSONResponse({"error": "invalid_grant"}, 400)
        now = int(time.time())
        told = {
            "iss": self.issuer,
            "aud": CLIENT,
            "sub": f"number of {asked['name']}",
            "iat": now - int(self.age),
            "exp": now + 300,
            "nonce": asked["nonce"],
            **self.claims[asked["name"]],
        }
        token = jwt.encode({"alg": "RS256", "kid": "one"}, told, self._key)
        return JSONResponse(
            {"access_token": secrets.token_urlsafe(16), "token_type": "Bearer", "expires_in": 300, "id_token": token}
        )

    async def _end(self, request: Request) -> Response:
        token = jwt.decode(request.query_params["id_token_hint"], self._key, algorithms=["RS256"])
        back = request.query_params["post_logout_redirect_uri"]
        if back != self.redirect_uri:
            return PlainTextResponse("not an address of this client", 400)
        self.ended.append(str(token.claims["sub"]))
        return RedirectResponse(back)
