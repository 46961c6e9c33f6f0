"""What a file is that is no circuit file: another of Azure's resources, a list, a template, another tool's spelling."""

from __future__ import annotations

import re

from lab.errors import Mistakes
from lab.files.notes import Notes, entry, mappings, text
from lab.files.reading import fatal
from lab.files.tree import Mapping, Node, Sequence, clip

CIRCUITS = "expressroutecircuits"
HINT_OF_A_LIST = "put the list under circuits:"
HOW_TO_GET_ONE = "az network express-route show -g RG -n NAME -o json prints a circuit"
# By the lower-case type without its provider: where the lab has room for one.
PLACES = {
    "expressroutecircuits/peerings": "it goes under peerings: of its circuit",
    "expressroutecircuits/authorizations": "the lab has no authorizations",
    "expressroutecrossconnections": "it is the provider's view; the lab takes the customer's circuit",
    "expressrouteports": "it goes under expressRoutePorts:",
    "virtualnetworks": "it goes under virtualNetworks:",
    "virtualnetworkgateways": "the lab makes a gateway for each of virtualNetworks:",
    "connections": "it goes under connections: of its circuit, as {virtualNetwork: NAME, routingWeight: N}",
    "routefilters": "it goes under routeFilters:",
}
_TYPE = re.compile(r"microsoft\.network/(.+)", re.IGNORECASE)
_ID = re.compile(r"/providers/microsoft\.network/([^/]+)/[^/]+(?:/([^/]+)/[^/]+)?$", re.IGNORECASE)
_TEMPLATE = ("resources", "contentVersion")
_POWERSHELL = {"Name", "Sku", "Peerings", "ServiceProviderProperties", "ServiceKey", "Etag"}
_FORMAT_LIST = re.compile(r"^Name +: \S", re.MULTILINE)
_LANGUAGES = (
    (re.compile(r'^\s*(resource|module|variable|data) "', re.MULTILINE), "Terraform"),
    (re.compile(r'^[A-Za-z_][\w-]*[ \t]+=[ \t]+["\[{]', re.MULTILINE), "Terraform's variables"),
    (re.compile(r"^\s*(resource|param|module) \w+ '?", re.MULTILINE), "Bicep"),
)
_PROGRESS = re.compile(r"\s*\{\s*-\s*\w+ \.\.")
_JSON = re.compile(r"^\s*[{\[]\s*$", re.MULTILINE)


def from_azure(circuit: Mapping) -> bool:
    """Whether Azure printed the circuit: it has Azure's id, or in a template no id and Azure's type."""
    name = text(circuit, "id")
    return bool(_TYPE.match(text(circuit, "type") or "")) if name is None else name.startswith("/subscriptions/")


def refuse_others(root: Node, notes: Notes) -> Mapping:
    """The mapping that is a circuit file. Raises Mistakes with one line (ER913) that says what the file is instead."""
    if isinstance(root, Sequence) or (isinstance(root, Mapping) and _wrapped(root)):
        _refuse_list(root, notes)
    if not isinstance(root, Mapping):
        notes.wrong(root, "ER913", "", "a mapping")
        raise Mistakes(notes.mistakes)
    if all(key in root.entries for key in _TEMPLATE):
        raise _other(root, notes, "an ARM template", HOW_TO_GET_ONE)
    if len(_POWERSHELL & root.entries.keys()) > 1 and "name" not in root.entries:
        raise _other(root, notes, "PowerShell's spelling of a circuit", HOW_TO_GET_ONE)
    for circuit in mappings(root, "circuits") if "circuits" in root.entries else [root]:
        kind = kind_of(circuit)
        if kind and kind.lower() != CIRCUITS:
            raise _other(circuit, notes, _article(kind), PLACES.get(kind.lower(), HOW_TO_GET_ONE))
    return root


def kind_of(resource: Mapping) -> str:
    """The type of one of Azure's resources without its provider, from its type or else its id; empty where it has none.
    A port pair shows itself by its encapsulation."""
    found = _TYPE.fullmatch(text(resource, "type") or "")
    if found:
        return found[1]
    by_id = _ID.search(text(resource, "id") or "")
    if by_id:
        return "/".join(part for part in by_id.groups() if part)
    return "expressRoutePorts" if "encapsulation" in resource.entries else ""


def refuse_text(content: str, shown: str) -> None:
    """For text that is no YAML and no JSON: raises Mistakes (ER903) where it is plain what it is instead."""
    if _FORMAT_LIST.search(content):
        raise fatal(shown, "ER903", f"found PowerShell's list of a circuit; {HOW_TO_GET_ONE}")
    for form, language in _LANGUAGES:
        if form.search(content):
            raise fatal(shown, "ER903", f"found {language}; allowed YAML or JSON: {HOW_TO_GET_ONE}")
    if _PROGRESS.match(content):
        raise fatal(shown, "ER903", "found a progress line of az in the JSON, after the first brace; remove it")
    start = _JSON.search(content)
    if start and content[: start.start()].strip():
        line = content[: start.end()].rstrip().count("\n") + 1
        raise fatal(shown, "ER903", f"found text before the JSON, which begins in line {line}; remove it")


def _wrapped(root: Mapping) -> bool:
    """`{"value": […]}` of REST, or `{"data": […]}` of Resource Graph."""
    return "name" not in root.entries and any(isinstance(entry(root, key), Sequence) for key in ("value", "data"))


def _refuse_list(root: Sequence | Mapping, notes: Notes) -> None:
    items: list[Node]
    if isinstance(root, Mapping):
        holder = next(found for key in ("value", "data") if isinstance(found := entry(root, key), Sequence))
        items = holder.items
    else:
        items = root.items
    kinds = [kind for item in items if isinstance(item, Mapping) and (kind := kind_of(item))]
    other = next((kind for kind in kinds if kind.lower() != CIRCUITS), "")
    if other:
        raise _other(root, notes, f"a list of {clip(other)}", PLACES.get(other.lower(), HOW_TO_GET_ONE))
    if isinstance(root, Mapping) and not kinds:
        raise _other(root, notes, "a list of something else", HOW_TO_GET_ONE)
    notes.wrong(root, "ER913", "", "a mapping", found="a list", hint=HINT_OF_A_LIST)
    raise Mistakes(notes.mistakes)


def _other(node: Node, notes: Notes, what: str, hint: str) -> Mistakes:
    notes.say(node, "ER913", "", f"this is {what}, not an expressRouteCircuit", hint=hint)
    return Mistakes(notes.mistakes)


def _article(kind: str) -> str:
    word = clip(kind.rpartition("/")[2].removesuffix("s"))
    return f"{'an' if word[:1].lower() in 'aeiou' else 'a'} {word}"


