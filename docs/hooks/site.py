"""The hooks of mkdocs.yml: what pages take from elsewhere in the repository, and links to it.

A line `<!-- section: FILE#ANCHOR -->` of a page becomes what stands below that heading of a file of the repository, and
`<!-- commands -->` or `<!-- mapping -->` a reference made of the code. So nothing is written down twice.
"""

import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files

REPOSITORY = Path(__file__).resolve().parent.parent.parent
if str(REPOSITORY) not in sys.path:
    sys.path.insert(0, str(REPOSITORY))

from docs.hooks.commands import commands  # noqa: E402
from docs.hooks.links import relinked  # noqa: E402
from docs.hooks.mapping import mapping  # noqa: E402
from docs.hooks.sections import headings, section  # noqa: E402

# Files that are a page as they are.
WHOLE = {"benchmarks/RESULTS.md": "results.md", "CHANGELOG.md": "changelog.md"}
# Pictures of those pages, by the folder where the site has them.
PICTURES = {"benchmarks/plots": "plots"}
MADE: dict[str, Callable[[], str]] = {"commands": commands, "mapping": mapping}

_LINE = re.compile(r"^<!-- (?:section: (?P<file>[^#\s]+)#(?P<anchor>\S+)|(?P<made>[a-z]+)) -->$", re.MULTILINE)
_places: dict[str, str] = {}


def on_files(files: Files, *, config: MkDocsConfig) -> Files:
    """Add the pages that are files of the repository, and find out where everything has come to."""
    for source, page in WHOLE.items():
        files.append(File.generated(config, page, content=(REPOSITORY / source).read_text("utf-8")))
    pictures = {
        f"{folder}/{file.name}": f"{place}/{file.name}"
        for folder, place in PICTURES.items()
        for file in (REPOSITORY / folder).glob("*.png")
    }
    for source, place in pictures.items():
        files.append(File.generated(config, place, abs_src_path=str(REPOSITORY / source)))
    _places.clear()
    _places.update({"README.md": "index.md", "plugin/README.md": "reference/clause.md", **WHOLE, **pictures})
    _places.update({f"docs/{page}": page for page in WHOLE.values()})
    for file in files:
        if file.generated_by is None and file.abs_src_path is not None:
            source = f"docs/{file.src_uri}"
            _places[source] = file.src_uri
            if file.is_documentation_page():
                _places.update(_brought(file.src_uri, file.content_string))
    return files


def on_page_markdown(markdown: str, *, page: Any, config: MkDocsConfig, files: Files) -> str:
    """Put in what the page takes from elsewhere, and turn links to files of the repository into links of the site."""
    name = page.file.src_uri
    source = next((file for file, place in WHOLE.items() if place == name), f"docs/{name}")
    # Parts of the page's own have its links, parts of other files those of the files.
    parts, position = [], 0
    for match in _LINE.finditer(markdown):
        parts += [relinked(markdown[position : match.start()], source, name, _places), _part(match, markdown, name)]
        position = match.end()
    return "".join([*parts, relinked(markdown[position:], source, name, _places)])


def on_post_build(*, config: MkDocsConfig) -> None:
    """Write the search's index as a script, too: pages that were opened from the disk can read no JSON."""
    folder = Path(config.site_dir) / "search"
    index = (folder / "search_index.json").read_text("utf-8")
    (folder / "search_index.js").write_text(f"var __index = {index}", "utf-8")


def _part(match: re.Match[str], markdown: str, page: str) -> str:
    level = [one.level for one in headings(markdown[: match.start()].splitlines())][-1] + 1
    if match["made"]:
        if match["made"] not in MADE:
            raise PluginError(f"{page}: nothing makes {match.group()}; known are {', '.join(MADE)}")
        return MADE[match["made"]]()
    try:
        text = section((REPOSITORY / match["file"]).read_text("utf-8"), match["anchor"], level)
    except (LookupError, OSError) as error:
        raise PluginError(f"{page}: {match.group()}: {error}") from error
    return relinked(text, match["file"], page, _places)


def _brought(page: str, markdown: str) -> Iterator[tuple[str, str]]:
    """Where the headings of other files' sections stand."""
    for match in _LINE.finditer(markdown):
        if match["file"]:
            file, anchor = match["file"], match["anchor"]
            yield f"{file}#{anchor}", page
            try:
                inside = section((REPOSITORY / file).read_text("utf-8"), anchor, 2)
            except (LookupError, OSError):
                continue  # said when the page is made
            for one in headings(inside.splitlines()):
                yield f"{file}#{one.anchor}", f"{page}#{one.anchor}"
