"""Lists of values that may grow within a version: writers keep to them, readers do not."""

from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler, ValidationInfo
from pydantic_core import CoreSchema, core_schema


class OpenEnum:
    """Marks a string that a writer must take from *known*, while a reader accepts values added later."""

    def __init__(self, *known: str) -> None:
        self.known = known

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.with_info_after_validator_function(self._check, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {**handler(schema), "x-extensible-enum": list(self.known), "examples": [self.known[0]]}

    def _check(self, value: str, info: ValidationInfo) -> str:
        if value not in self.known and not (info.context or {}).get("tolerant"):
            raise ValueError(f"is {value[:64]!r}; use one of {', '.join(self.known)}")
        return value
