"""How a client is generated, compiled and run in each language; what a machine lacks is named, and skipped."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.servers import ROOT

DOCUMENT = ROOT / "docs" / "openapi.json"
PROGRAMS = ROOT / "tests" / "clients"
NODE = ROOT / "node_modules"
JVM = PROGRAMS / "jvm" / "node_modules"
FLAGS = "hideGenerationTimestamp=true,enumUnknownDefaultCase=true"
OPEN = "disallowAdditionalPropertiesIfNotPresent=false"
QUICK = "-XX:TieredStopAtLevel=1"  # these programs end before the better compiler pays
STRICT_TYPESCRIPT = ["--strict", "--noUncheckedIndexedAccess", "--module", "nodenext", "--target", "es2023"]
TSC = ["--strict", "--skipLibCheck", "--esModuleInterop", "--module", "commonjs", "--moduleResolution", "node10"]
TYPES = ["--target", "es2023", "--lib", "es2023,dom,dom.iterable", "--types", "node"]
MYPY = ["--config-file", os.devnull, "--strict", "--follow-imports", "silent", "--cache-dir", os.devnull]

Command = list[str | Path]


def run(*command: str | Path, folder: Path = ROOT, environment: Mapping[str, str] | None = None) -> str:
    """What a command prints; it must end well."""
    known = {**os.environ, **(environment or {})}
    ended = subprocess.run(command, capture_output=True, text=True, check=False, env=known, cwd=folder)  # noqa: S603
    assert ended.returncode == 0, (ended.stdout + ended.stderr)[-10_000:]
    return ended.stdout


@dataclass(frozen=True)
class Language:
    """One language: `command` walks through the API with `URL NAME [TOKEN]` as further arguments."""

    name: str
    needs: tuple[str | Path, ...]
    generate: Callable[[Path], None]
    compile: Callable[[Path], None] | None = None
    command: Callable[[Path], Command] | None = None
    compilers: tuple[str | Path, ...] = ()
    instead: str = ""
    """What is done where it can be neither compiled nor run."""

    def missing(self, *, compiled: bool) -> list[str]:
        """The programs and packages that this machine does not have."""
        needed = (*self.needs, *(self.compilers if compiled else ()))
        return [str(each) for each in needed if not (each.exists() if isinstance(each, Path) else shutil.which(each))]


def shown(page: str, language: str) -> str:
    """The code of a quickstart."""
    text = (ROOT / "docs" / "quickstart" / f"{page}.md").read_text()
    return "\n".join(re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL))


def generator_jar() -> Path:
    """openapi-generator, which its package on PyPI carries."""
    spec = find_spec("openapi_generator_cli")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).with_name("openapi-generator.jar")


def openapi_generator(generator: str, flags: str = "", library: str = "") -> Callable[[Path], None]:
    options = [*(["--library", library] if library else []), "--additional-properties", f"{FLAGS},{flags}".strip(",")]

    def generate(folder: Path) -> None:
        java: Command = ["java", QUICK, "-jar", generator_jar(), "generate"]
        printed = run(*java, "-i", DOCUMENT, "-g", generator, "-o", folder / "client", *options)
        assert " ERROR " not in printed, printed[-10_000:]

    return generate


@cache
def jars() -> str:
    """Jackson and OkHttp, Gson, and Jackson for times, as packages of npm and PyPI carry them."""
    allure = JVM / "allure-commandline" / "dist"
    found = [*sorted((allure / "plugins" / "jira-plugin" / "lib").glob("*.jar")), *sorted(allure.glob("lib/http*.jar"))]
    gson = JVM / "google-closure-compiler-java" / "compiler.jar"
    return os.pathsep.join(map(str, [*found, gson, generator_jar()]))


def javac(library: str) -> Callable[[Path], None]:
    def compile_sources(folder: Path) -> None:
        sources: Command = [*(folder / "client" / "src" / "main").rglob("*.java")]
        sources += [PROGRAMS / "java" / "Use.java", PROGRAMS / "java" / library / "Http.java"]
        options: Command = ["-nowarn", "-proc:none", "-implicit:class", "-sourcepath", PROGRAMS / "java" / "standins"]
        run("javac", *options, "-cp", jars(), "-d", folder / "classes", *sources)

    return compile_sources


def kotlinc(folder: Path) -> None:
    imports = (PROGRAMS / "kotlin" / "Quickstart.imports.kt").read_text()
    (folder / "Quickstart.kt").write_text(f"{imports}\n{shown('android', 'kotlin')}")
    sources: Command = [
        folder / "client" / "src" / "main" / "kotlin",
        PROGRAMS / "kotlin" / "Use.kt",
        folder / "Quickstart.kt",
    ]
    options: Command = ["-nowarn", "-no-reflect", "-jvm-target", "17", "-cp", jars(), "-d", folder / "classes"]
    run("bash", JVM / "kotlin-compiler" / "bin" / "kotlinc", *options, *sources, environment={"JAVA_OPTS": QUICK})


def on_the_jvm(name: str) -> Callable[[Path], Command]:
    return lambda folder: ["java", QUICK, "-cp", os.pathsep.join([str(folder / "classes"), jars()]), name]


def hey_api(folder: Path) -> None:
    run(NODE / ".bin" / "openapi-ts", "-i", DOCUMENT, "-o", folder / "client", "-c", "@hey-api/client-fetch")


def openapi_typescript(folder: Path) -> None:
    run(NODE / ".bin" / "openapi-typescript", DOCUMENT, "--output", folder / "contacts.ts")
    (folder / "react-native.ts").write_text(shown("react-native", "typescript"))


def tsc(program: str, *options: str) -> Callable[[Path], None]:
    def compile_sources(folder: Path) -> None:
        (folder / "node_modules").symlink_to(NODE)
        shutil.copy(PROGRAMS / "typescript" / f"{program}.ts", folder / "use.ts")
        run(NODE / ".bin" / "tsc", *TSC, *TYPES, *options, "use.ts", folder=folder)

    return compile_sources


def by_node(folder: Path) -> Command:
    return ["node", folder / "use.js"]


def openapi_python_client(folder: Path) -> None:
    (folder / "configuration.yaml").write_text("post_hooks: []\n")  # nobody reads it, so it is not formatted
    options: Command = ["--config", folder / "configuration.yaml", "--meta", "none"]
    program: Command = [sys.executable, "-m", "openapi_python_client", "generate", "--path", DOCUMENT]
    printed = run(*program, "--output-path", folder / "contacts_client", *options)
    warnings = {line for line in printed.splitlines() if line.startswith(("Unsupported", "Cannot", "Skipp"))}
    assert warnings <= {"Unsupported content type text/vcard", "Unsupported content type text/csv"}


def mypy(folder: Path) -> None:
    run(sys.executable, "-m", "mypy", *MYPY, PROGRAMS / "use.py", environment={"MYPYPATH": str(folder)})


def by_python(folder: Path) -> Command:
    return ["env", f"PYTHONPATH={folder}", sys.executable, PROGRAMS / "use.py"]


JAVA_JARS = (JVM / "allure-commandline", JVM / "google-closure-compiler-java")
PYTHON = Language("Python: openapi-python-client", (), openapi_python_client, mypy, by_python)
LANGUAGES = [
    PYTHON,
    Language(
        "TypeScript: openapi-typescript",
        ("node", NODE / "openapi-typescript"),
        openapi_typescript,
        tsc("openapi-fetch"),
        by_node,
    ),
    Language("TypeScript: hey-api", ("node", NODE / "@hey-api"), hey_api, tsc("hey-api"), by_node),
    Language(
        "TypeScript: typescript-fetch",
        ("java",),
        openapi_generator("typescript-fetch", OPEN),
        tsc("typescript-fetch"),
        by_node,
        ("node", NODE / "typescript"),
    ),
    Language(
        "Java: native",
        ("java",),
        openapi_generator("java", f"openApiNullable=false,{OPEN}", "native"),
        javac("native"),
        on_the_jvm("Use"),
        ("javac", *JAVA_JARS),
    ),
    Language(
        "Java: okhttp-gson",
        ("java",),
        openapi_generator("java", f"openApiNullable=false,{OPEN}", "okhttp-gson"),
        javac("okhttp"),
        on_the_jvm("Use"),
        ("javac", *JAVA_JARS),
    ),
    Language(
        "Kotlin: jvm-okhttp4, gson",
        ("java",),
        openapi_generator("kotlin", f"serializationLibrary=gson,{OPEN}"),
        kotlinc,
        on_the_jvm("UseKt"),
        ("bash", JVM / "kotlin-compiler", *JAVA_JARS),
    ),
    Language(
        "Swift: swift6",
        ("java",),
        openapi_generator("swift6", f"useCustomDateWithoutTime=true,{OPEN}"),
        instead="what it sends, recorded",
    ),
    Language(
        "Dart: dart-dio",
        ("java",),
        openapi_generator("dart-dio", "useOptional=true,patchOnly=true"),
        instead="what it sends, recorded",
    ),
]


class Workshop:
    """Generates and compiles each client once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.generated, self.compiled = cache(self._generated), cache(self._compiled)

    def _generated(self, language: Language) -> Path:
        self._need(language, compiled=False)
        folder = self.folder / language.name.replace(": ", "-").replace(", ", "-")
        folder.mkdir()
        language.generate(folder)
        return folder

    def _compiled(self, language: Language) -> Path:
        folder = self.generated(language)
        self._need(language, compiled=True)
        if language.compile is None:
            pytest.skip(f"no compiler here: {language.instead}")
        language.compile(folder)
        return folder

    def command(self, language: Language) -> Command:
        """What runs the program on a client."""
        folder = self.compiled(language)
        assert language.command is not None
        return language.command(folder)

    @staticmethod
    def _need(language: Language, *, compiled: bool) -> None:
        if missing := language.missing(compiled=compiled):
            pytest.skip(f"ABSENT: {', '.join(missing)}")


def steps() -> Iterator[str]:
    yield from ("generated", "compiled", "run")
