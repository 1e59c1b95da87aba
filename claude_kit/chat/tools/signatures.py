"""What does Claude have to know of a function, and how does what Claude gives reach it?

The names and types of its parameters are its signature's, in the words of pydantic; what they mean, its docstring's.
"""

from __future__ import annotations

import functools
import inspect
import json
import re
import typing
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any, Final

from claude_kit.chat import schemas
from claude_kit.chat.tools import docstrings

if TYPE_CHECKING:
    from pydantic import TypeAdapter

__all__ = ["NAME", "Function"]

#: What the API takes as a tool's name.
NAME: Final = re.compile(r"[a-zA-Z0-9_-]{1,128}")

_STARS: Final = {inspect.Parameter.VAR_POSITIONAL: "*", inspect.Parameter.VAR_KEYWORD: "**"}


@dataclass(frozen=True, slots=True)
class Function:
    """A Python function that Claude can call.

    Attributes
    ----------
    name, description : str
        The function's own, and the first paragraph of its docstring.
    schema : mapping
        JSON schema of what it takes.
    run : callable
        The function; what an async one gives is to be awaited.
    """

    name: str
    description: str
    schema: Mapping[str, Any]
    run: Callable[..., Any]
    _parameters: tuple[inspect.Parameter, ...] = field(repr=False)
    _input: TypeAdapter[dict[str, Any]] = field(repr=False)

    @classmethod
    def of(cls, run: Callable[..., Any]) -> Function:
        """Read a function.

        Raises
        ------
        TypeError
            If Claude cannot call it: a parameter has no type, or takes any number of values.
        ValueError
            If it has no name that the API takes.

        Examples
        --------
        >>> def weather(city: str, days: int = 1) -> str:
        ...     '''Look the weather up.'''
        >>> Function.of(weather).schema["properties"]
        {'city': {'type': 'string'}, 'days': {'type': 'integer', 'default': 1}}
        """
        name = _name(run)
        parameters = _parameters(run, name)
        hints = _hints(run, name)
        described = docstrings.read(_docstring(run))
        for parameter in parameters:
            _require_hint(parameter, hints, name)
        taken = _adapter(name, parameters, hints)
        schema = _schema(taken, parameters, hints, described.parameters)
        for parameter in parameters:
            _require_own_name(parameter, schema, name)
        return cls(name, described.summary, schema, run, parameters, taken)

    @property
    def definition(self) -> dict[str, Any]:
        """The tool, as the API takes it."""
        told = {"description": self.description} if self.description else {}
        return {"name": self.name, **told, "input_schema": dict(self.schema)}

    def arguments(self, given: object) -> tuple[list[Any], dict[str, Any]]:
        """Return what to call the function with, converted to the types that it asks for.

        Parameters
        ----------
        given : mapping
            A call's ``input``.

        Raises
        ------
        ValueError
            If it does not fit; says which argument, and why.
        """
        from pydantic import ValidationError

        known = [p.name for p in self._parameters]
        wrong = [f"{name}: there is no such parameter" for name in _names(given) if name not in known]
        try:
            # As JSON, for what it has no type for: a date is a text there, and a strict field takes it.
            values = self._input.validate_json(json.dumps(given))
        except ValidationError as error:
            raise ValueError("\n".join([*schemas.problems(error), *wrong])) from None
        if wrong:
            raise ValueError("\n".join(wrong))
        only_by_place = [p for p in self._parameters if p.kind is p.POSITIONAL_ONLY]
        places = [values.pop(p.name, p.default) for p in only_by_place]
        return places, values


def _names(given: object) -> Iterable[str]:
    return given if isinstance(given, Mapping) else ()


def _unwrapped(run: Callable[..., Any]) -> Callable[..., Any]:
    """Return the function itself, of a partial one."""
    while isinstance(run, functools.partial):
        run = run.func
    return run


def _called(run: Callable[..., Any]) -> Any:
    """Return what bears the hints and the docstring: the function, or the ``__call__`` of an object's class."""
    inner = _unwrapped(run)
    return inner if inspect.isroutine(inner) else type(inner).__call__


def _docstring(run: Callable[..., Any]) -> str | None:
    # The class of a partial has a docstring of its own, about partials.
    inner = _unwrapped(run)
    return getattr(_called(run), "__doc__", None) or (None if inspect.isroutine(inner) else type(inner).__doc__)


def _name(run: Callable[..., Any]) -> str:
    inner = _unwrapped(run)
    if not callable(inner):
        raise TypeError(f"{run!r} is no tool: give Python functions, and mappings as the API takes them")
    if inspect.isclass(inner):
        raise TypeError(
            f"{inner.__name__} is a class, not a function. For an answer of its shape: chat.extract({inner.__name__}, "
            "...); to have one made by Claude, write a function with type hints that makes it"
        )
    name = str(getattr(inner, "__name__", None) or type(inner).__name__)
    if name == "<lambda>":
        raise ValueError("a lambda has no name for Claude to call it by, nor types. Write it as a def with type hints")
    if not NAME.fullmatch(name):
        raise ValueError(
            f"{name!r} is no name of a tool: the API takes up to 128 of a-z, A-Z, 0-9, _ and -. Rename the function, "
            "or wrap it in a def with such a name"
        )
    return name


def _parameters(run: Callable[..., Any], name: str) -> tuple[inspect.Parameter, ...]:
    try:
        signature = inspect.signature(run)
    except (TypeError, ValueError):
        raise TypeError(f"{name}: it does not tell its parameters. Wrap it in a def with type hints") from None
    # What a partial has set is no longer Claude's to give.
    settled = run.keywords if isinstance(run, functools.partial) else {}
    return tuple(parameter for parameter in signature.parameters.values() if parameter.name not in settled)


def _hints(run: Callable[..., Any], name: str) -> Mapping[str, Any]:
    try:
        return typing.get_type_hints(_called(run), include_extras=True)
    except NameError as error:
        missing = error.name or str(error)
        raise TypeError(
            f"{name}: its type hints name {missing!r}, which is not there. Import or define it at the top level, "
            "outside of functions and of `if TYPE_CHECKING`"
        ) from None
    except Exception as error:  # of a built-in function, or where a hint that is text is no type
        raise TypeError(f"{name}: its type hints cannot be read ({error}). Wrap it in a def with type hints") from None


def _require_hint(parameter: inspect.Parameter, hints: Mapping[str, Any], name: str) -> None:
    if parameter.kind in _STARS:
        raise TypeError(
            f"{name}: *parameters such as {_STARS[parameter.kind]}{parameter.name} have no names that Claude could "
            "give. Name each of them, or take a list or a dict: "
            f"{parameter.name}: {'list[str]' if parameter.kind is parameter.VAR_POSITIONAL else 'dict[str, str]'}"
        )
    if parameter.name not in hints:
        raise TypeError(
            f"{name}: the parameter {parameter.name!r} has no type hint, so Claude would not know what to give. "
            f"Write its type: {parameter.name}: str"
        )
    if type(parameter.default).__name__ == "FieldInfo":
        raise TypeError(
            f"{name}: the default of {parameter.name!r} is a pydantic Field. Put it beside the type: "
            f"{parameter.name}: Annotated[..., Field(...)]"
        )


def _adapter(
    name: str, parameters: tuple[inspect.Parameter, ...], hints: Mapping[str, Any]
) -> TypeAdapter[dict[str, Any]]:
    """Return what validates the arguments; those that are left out stay so, for the function's own defaults."""
    from typing_extensions import TypedDict  # pydantic brings it, and before Python 3.12 takes no other

    fields = {p.name: _hinted(p, hints[p.name]) for p in parameters}
    make: Any = TypedDict  # a class made at run time, of which a type checker knows nothing
    try:
        return schemas.adapter(make(name, fields))
    except TypeError:
        for parameter in parameters:
            _require_json(parameter, hints[parameter.name], name)
        raise


def _hinted(parameter: inspect.Parameter, hint: Any) -> Any:
    from pydantic import Field

    words = [note for note in getattr(hint, "__metadata__", ()) if isinstance(note, str)]
    described = Annotated[hint, Field(description=words[0])] if words else hint
    return described if parameter.default is parameter.empty else typing.NotRequired[described]


def _require_json(parameter: inspect.Parameter, hint: Any, name: str) -> None:
    try:
        schemas.adapter(hint)
    except TypeError as error:
        raise TypeError(
            f"{name}: Claude gives JSON, and cannot give the parameter {parameter.name!r} ({error}). Take text, "
            "numbers, lists, dataclasses or pydantic models; what else it needs, bind with functools.partial"
        ) from None


def _require_own_name(parameter: inspect.Parameter, schema: Mapping[str, Any], name: str) -> None:
    if parameter.name not in schema["properties"]:
        raise TypeError(
            f"{name}: the parameter {parameter.name!r} has an alias, by which Python cannot hand it in. Leave the "
            "alias out, or rename the parameter"
        )


def _schema(
    taken: TypeAdapter[Any],
    parameters: tuple[inspect.Parameter, ...],
    hints: Mapping[str, Any],
    described: Mapping[str, str],
) -> dict[str, Any]:
    schema = schemas.json_schema(taken)
    schema.pop("title", None)
    properties = {name: dict(told) for name, told in schema.get("properties", {}).items()}
    for parameter in parameters:
        told = properties.get(parameter.name, {})
        if parameter.name in described:
            told.setdefault("description", described[parameter.name])
        if parameter.default is not parameter.empty:
            told |= _default(parameter.default, hints[parameter.name])
    return {**schema, "properties": properties}


def _default(default: object, hint: Any) -> dict[str, Any]:
    """Return what a parameter is when it is left out, where JSON can say it."""
    try:
        return {"default": json.loads(schemas.adapter(hint).dump_json(default, warnings="error"))}
    except ValueError:  # pydantic's own errors are of this kind
        return {}
