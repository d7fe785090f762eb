"""The rules of the house that neither ruff nor mypy nor import-linter can check."""

import ast
import re
import sys
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from statistics import median, quantiles

import pytest

from project.config import NAMES, ROOT

LONGEST_MODULE = 220  # lines that are not blank
DRAWERS = {"common", "helper", "helpers", "manager", "managers", "misc", "util", "utils"}
FRAME = r"project(\.(extensions|limiter|cli(\.\w+)?|database\.reading|web\.\w+))?"
ROUTES = r"\w*(routes|pages|files)|limits|etags|tokens|transactions|basic|answers"
EDGES = rf"project\.((auth|users|contacts|pictures)\.((exchange|carddav)\.)?({ROUTES}))"
IMPORTERS = {
    "cloudinary": r"project\.pictures\.cloudinary",
    "flask": rf"{FRAME}|{EDGES}|project\.mail\.(compose|delivery|worker)",
    "flask_mail": r"project\.(extensions|mail\..*)",
    "redis": r"project\.(checks|extensions|limiter|web\.health)",
}
# The mail worker is its own edge.
COMMITTERS = r".*\.(\w*routes|pages|transactions)|project\.(cli\.\w+|mail\.worker)"
SAYS_SO = r"(commit|end)_\w+"  # the name of a function elsewhere that ends the transaction
LOCKS = {
    "requirements.txt": "requirements.lock",
    "requirements-dev.txt": "requirements-dev.lock",
    "requirements-bench.txt": "requirements-dev.lock",
}

SOURCES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path.read_text()
    for path in sorted((ROOT / "project").rglob("*.py"))
}
TREES = {module: ast.parse(source) for module, source in SOURCES.items()}
FUNCTIONS = [
    node
    for tree in TREES.values()
    for node in ast.walk(tree)
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
]


def imported(tree: ast.AST) -> Iterator[tuple[str, str]]:
    """Each import as module and name; the name is empty for a whole module."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names)
        if isinstance(node, ast.ImportFrom):
            yield from ((node.module or ".", alias.name) for alias in node.names)


def packages(tree: ast.AST) -> set[str]:
    return {module.partition(".")[0] for module, _ in imported(tree)}


def ends_transactions(tree: ast.AST) -> bool:
    """Whether it commits or rolls back; a connection that only passes that on decides nothing."""
    found = [node for node in ast.walk(tree) if isinstance(node, ast.Attribute) and node.attr in ("commit", "rollback")]
    return any(ast.unparse(node.value) != "super()" for node in found)


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines from `def` to the end, without the docstring."""
    docstring = ast.get_docstring(function, clean=False)
    whole = (function.end_lineno or 0) - function.lineno + 1
    return whole - (docstring.count("\n") + 1 if docstring else 0)


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def pins(file: str) -> dict[str, str]:
    """Versions by package; whatever is not `package==version` is a package without a version."""
    wanted = re.findall(r"^(\w[\w.-]*)(?:\[.*?\])?(?:==([^\s;]+))?", (ROOT / file).read_text(), re.MULTILINE)
    return {canonical(name): version for name, version in wanted}


@pytest.mark.parametrize("library", IMPORTERS)
def test_a_library_is_imported_only_where_it_belongs(library: str) -> None:
    importers = [module for module, tree in TREES.items() if library in packages(tree)]
    assert importers
    assert [module for module in importers if not re.fullmatch(IMPORTERS[library], module)] == []


def test_only_the_edges_end_transactions() -> None:
    enders = [module for module, tree in TREES.items() if ends_transactions(tree)]
    assert enders
    hidden = [
        f"{module}.{function.name}"
        for module in enders
        for function in functions(TREES[module])
        if ends_transactions(function) and not re.fullmatch(COMMITTERS, module)
    ]
    assert [name for name in hidden if not re.fullmatch(SAYS_SO, name.rpartition(".")[2])] == []


def test_text_is_folded_only_where_its_cost_is_bounded() -> None:
    """Ruff forbids `unicodedata.normalize`; a method is found by its name."""
    methods = {
        module
        for module, tree in TREES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr == "casefold" and ast.unparse(node.value) != "unicode"
    }
    importers = {module for module, tree in TREES.items() if "anyascii" in packages(tree)}
    assert (methods, importers) == ({"project.unicode"}, {"project.contacts.search.folding"})


def test_nothing_is_imported_from_the_face_of_the_project() -> None:
    names = {name for tree in TREES.values() for module, name in imported(tree) if module == "project"}
    assert names
    assert [name for name in names if f"project.{name}" not in TREES] == []


def test_no_module_is_a_drawer() -> None:
    assert [module for module in TREES if module.rpartition(".")[2] in DRAWERS] == []


def test_a_module_holds_one_idea() -> None:
    lengths = {module: sum(bool(line.strip()) for line in source.splitlines()) for module, source in SOURCES.items()}
    assert {module: lines for module, lines in lengths.items() if lines > LONGEST_MODULE} == {}


def test_functions_are_short() -> None:
    lengths = [length(function) for function in FUNCTIONS]
    assert median(lengths) <= 8
    assert quantiles(lengths, n=10)[-1] < 18


@pytest.mark.parametrize(("file", "lock"), LOCKS.items())
def test_requirements_are_pinned_to_what_is_locked(file: str, lock: str) -> None:
    locked = pins(lock)
    wrong = {name: version for name, version in pins(file).items() if not version or locked.get(name) != version}
    assert wrong == {}, "run `make lock`"


def test_what_the_application_needs_is_the_same_in_tests() -> None:
    assert pins("requirements.lock").items() <= pins("requirements-dev.lock").items()


@pytest.mark.parametrize("lock", sorted(set(LOCKS.values())))
def test_a_lock_has_hashes_and_names_no_place_to_download_from(lock: str) -> None:
    text = (ROOT / lock).read_text()
    _, *packages = re.split(r"^(?=\w)", text, flags=re.MULTILINE)
    assert len(packages) == len(pins(lock))
    assert [package for package in packages if "--hash=sha256:" not in package] == []
    assert re.findall(r"://|^-.*", text, re.MULTILINE) == []


def test_what_is_imported_is_required() -> None:
    required, distributions = pins("requirements.txt"), packages_distributions()
    foreign = set().union(*map(packages, TREES.values())) - sys.stdlib_module_names - {"project"}
    names = {package: {canonical(name) for name in distributions[package]} for package in foreign}
    assert {package for package in foreign if names[package].isdisjoint(required)} == set()


def test_the_example_lists_every_setting_in_order() -> None:
    example = (ROOT / ".env.example").read_text()
    assert re.findall(r"^(?:# ?(?:e\.g\. )?)?([A-Z][A-Z_]*)=", example, re.MULTILINE) == list(NAMES)
