"""Sentences of the toolkit that pages often show, in the page's language.

The toolkit says in English what happened and what mends it; a sentence is known by its form. What is not known here is
shown as it is, marked as English: `trouble.split`.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Final

import language
from language import later, put

_FORMS: Final = (
    # Services
    later("does not answer"),
    later("did not answer in time"),
    later("takes nothing on for now"),
    later("did not answer within {seconds} seconds"),
    later("does not accept connections"),
    later("answered with HTTP {status}"),
    later("answered a listing of '{bucket}' with HTTP {status}"),
    later("See `lakefront status` and `lakefront logs {part}`; start it with `lakefront up`."),
    later("Check the address of '{part}' in lakefront.toml ([env.{name}]), or ask who runs it."),
    later("Trino does not answer at {url}"),
    later("Trino at {url} took too long to answer"),
    later("Trino at {url} takes nothing on for now (HTTP {status})"),
    later("Trino at {url} answers with HTTP {status}"),
    later("what answers at {url} is not Trino"),
    later("correct its address in lakefront.toml, or look at what stands before it"),
    later("Trino takes nothing on yet ({error})"),
    later("Trino has no room for the statement now ({error})"),
    later("the statement took more time than one may have ({error})"),
    later("ask for less, or try again when less is going on"),
    later("Trino failed on the statement: {error}"),
    later("look at query {query} in Trino's log"),
    later("{part} does not run: Trino has no such catalog"),
    later("run `lakefront up --with {part}`"),
    later("the object store does not answer at {url}"),
    later("the object store at {url} failed on {what}: {code} (HTTP {status})"),
    later("the object store at {url} refuses access to {what} ({code})"),
    later("check LAKEFRONT_S3_ACCESS_KEY and LAKEFRONT_S3_SECRET_KEY, and what that key may do"),
    later("the catalog at {url}, or the object store behind it, does not answer ({error})"),
    later("start it with `lakefront up`, or correct its address in lakefront.toml"),
    later("start them with `lakefront up`, or correct their addresses in lakefront.toml"),
    later("try again, or see `lakefront logs {part}`"),
    later("see `lakefront logs {part}`"),
    # Who may what
    later("{person} may not see {table}"),
    later("{person} may not see the columns {columns} of {table}"),
    later("{person} may not do this: {reason}"),
    later("{person} is not known to any policy and may ask nothing"),
    later("{service} may not ask in the name of {person}"),
    later("ask {contact} for a role"),
    later("ask {contact} for a role that may"),
    later("ask {contact} to give {person} a role"),
    later(
        "ask {contact} for a role that opens it; `lakefront policy explain --user {person} --table {table}` says what"
        " the policies open"
    ),
    later("{person} may not take media in"),
    later("{person} may not delete media"),
    later("{person} may not change the tag of media"),
    later("{person} may not change the labels of media"),
    later("{person} may not change the title of media"),
    later("ask {contact} for a role whose `edits` allow it"),
    # Logging in
    later("nobody is logged in here"),
    later("log in"),
    later("log in again"),
    later("your login has ended: one lasts {hours} hours"),
    later("your login does not say who you are in this lakehouse: the ID token has no claim `{claim}`"),
    later("ask who runs the login to put `{claim}` into the ID token of the client `{client}`"),
    later("your login says that you are {name}, which is refused: it is a service's"),
    later("your login says that you are {name}, which is refused: no name has this form"),
    later("your login says that you are {name}, which is refused: it is not verified"),
    later("ask who runs the login for another `{claim}`"),
    later("login is not configured for the environment `{name}`, so nothing is shown to anybody"),
    later(
        "write `{table}` with `metadata_url` and `client_id` into `lakefront.toml`, set"
        " `LAKEFRONT_LOGIN_CLIENT_SECRET`, and start the explorer anew; `docs/how-to/explorer-login.md` says how"
    ),
    # What is looked for
    later("there is no state of the media as of {moment}, or not any more"),
    later("choose another time, or leave as-of out for what is there now"),
    later("{number} assets are too many to be sorted by name"),
    later("{number} assets are too many to be sorted by size"),
    later("choose days, by since and until, or filters that leave {number} at most"),
    later("a condition of {number} letters is too long"),
    later("give at most {number}"),
    later("the condition has too many parts"),
    later("split it, or use `tag`, `label` and `kind` beside it"),
    later("'{text}' is true or false of nothing"),
    later("'{text}' cannot be read as SQL"),
    later("a condition is one expression"),
    later("there is no column '{name}'."),
    later("there is no column '{name}'. Did you mean '{other}'?"),
    later("use one of: {names}"),
    later("a query may not stand in a condition"),
    later("list the values: IN ('a', 'b')"),
    later("'{text}' may not stand in a condition"),
    later("use comparisons, AND, OR, NOT, IN, BETWEEN, LIKE, contains(labels, 'x'), arithmetic"),
    later("write a condition such as \"width > 2 * height AND tag = 'user'\""),
    # Files, and what is said of them
    later("{name} is empty"),
    later("send the file again; its transfer may have stopped"),
    later("{name} is an HTML page, not a picture, sound or film that Lakefront keeps"),
    later("{name} is a zip archive or an office document, not a picture, sound or film that Lakefront keeps"),
    later("{name} is text, not a picture, sound or film that Lakefront keeps"),
    later("{name} is of an unknown type, not a picture, sound or film that Lakefront keeps"),
    later(
        "{name} is probably a file of the type '{type}', not a picture, sound or film that Lakefront keeps"
    ),
    later("convert it to one of: {names}"),
    later("{name} cannot be decoded: {reason}"),
    later("export it again from its source"),
    later("the original cannot be decoded: {reason}"),
    later("the original takes longer than {seconds} seconds to open"),
    later("the original is not what its row says"),
    later("its original is not in the object store"),
    later("{name} takes longer than {seconds} seconds to open"),
    later("export it again from its source, smaller"),
    later("{name} has {size} MB; at most {most} MB are allowed"),
    later("make it smaller, or raise the limit"),
    later("{name} has {width} x {height} pixels; at most {most} megapixels are allowed"),
    later("scale it down first, or raise the limit"),
    later("'{text}' is no label"),
    later("write 1 to {number} letters on one line"),
    later("{number} labels are too many"),
    later("a title has 1 to {number} letters"),
    later("shorten it, on one line"),
    later("{number} assets are too many for one change"),
    later("there is no asset {names}, or it is not {person}'s to change"),
    later("see what there is by `lakefront media find`; nothing was changed"),
)  # fmt: skip
_FIELD: Final = re.compile(r"\{(\w+)\}")


def said(text: str, name: str | None = None) -> str | None:
    """Return a sentence of the toolkit in a language, the page's by default; None where it is known in English only."""
    name = name or language.language()
    if name == language.SOURCE:
        return text
    for form, pattern in _patterns():
        found = pattern.fullmatch(text)
        if found:
            return put(name, form, **found.groupdict())
    return None


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Return the forms and what they look like, those that say most themselves first."""
    ranked = sorted(_FORMS, key=lambda form: -len(_FIELD.sub("", form)))
    return tuple((form, re.compile(pattern(form), re.DOTALL)) for form in ranked)


def pattern(form: str) -> str:
    """Return a regular expression of what a form looks like with values in it. One name stands for one value."""
    pieces = _FIELD.split(form)
    made = re.escape(pieces[0])
    seen: set[str] = set()
    for name, after in zip(pieces[1::2], pieces[2::2], strict=True):
        made += (f"(?P={name})" if name in seen else f"(?P<{name}>.+?)") + re.escape(after)
        seen.add(name)
    return made
