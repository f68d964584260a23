"""The JSON Schema of model files, so that an editor completes keys and marks mistakes while a person types."""

from __future__ import annotations

import json

from lakefront.semantic.model import Model


def model_schema() -> str:
    """Return the schema (draft 2020-12) as text, the same for the same version of the model."""
    schema = Model.model_json_schema(by_alias=True)
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **schema,
        "title": "Lakefront semantic model",
    }
    return json.dumps(schema, indent=2, ensure_ascii=False)
