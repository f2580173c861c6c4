"""What the reference says is what the code does: names, defaults, endpoints and permissions."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from docs.hooks.commands import commands
from docs.hooks.mapping import mapping
from docs.hooks.sections import section
from lookalike.encoder.artefact import find_artefact
from lookalike.mappings import VARIANTS, document_template, embedding_template
from tests.plugin.http import Http, clause

ROOT = Path(__file__).parent.parent.parent
PLUGIN = (ROOT / "plugin" / "README.md").read_text("utf-8")
JAVA = "\n".join(file.read_text("utf-8") for file in sorted((ROOT / "plugin" / "src" / "main").rglob("*.java")))


def rows(anchor: str) -> list[list[str]]:
    """The cells of the first table below a heading of the plugin's page, without its head."""
    lines = section(PLUGIN, anchor, 2).splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith("|---"))
    found = []
    for line in lines[start + 1 :]:
        if not line.startswith("|"):
            break
        found.append([cell.strip() for cell in line.strip("|").split(" | ")])
    return found


def names(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


# The clause


def known_to(http: Http, **parameters: Any) -> list[str]:
    """The names that the clause expects where it is given one that it does not know."""
    answer = http.search("_all", clause(**parameters))
    assert answer.status == 400
    found = re.search(r"unknown parameter \[[\w.]*nope\], expected one of (.*)", answer.reason)
    assert found is not None, answer.reason
    return re.findall(r"\[(\w+)\]", found.group(1))


@pytest.mark.cluster
def test_the_clause_has_the_parameters_of_its_page(http: Http) -> None:
    documented = [name for row in rows("searching-the-clause-lookalike") for name in names(row[0])]
    assert sorted(documented) == sorted(known_to(http, nope=1))


@pytest.mark.cluster
@pytest.mark.parametrize("parameter", ["like", "region"])
def test_the_members_of_a_parameter_stand_beside_it(http: Http, parameter: str) -> None:
    row = next(row for row in rows("searching-the-clause-lookalike") if names(row[0]) == [parameter])
    for member in known_to(http, **{parameter: {"nope": 1}}):
        assert re.search(rf'[`"]{member}[`"]', row[1]), member


@pytest.mark.cluster
def test_the_views_of_the_page_are_those_of_the_clause(http: Http) -> None:
    row = next(row for row in rows("searching-the-clause-lookalike") if names(row[0]) == ["views"])
    answer = http.search("_all", clause(views=["nope"]))
    assert sorted(re.findall(r'"(\w+)"', row[1])) == sorted(
        re.findall(r"knows \[(\w+)\] and \[(\w+)\]", answer.reason)[0]
    )


# The processor


def test_the_processor_has_the_options_of_its_page() -> None:
    code = {}
    for name, default in re.findall(
        r'(?:read\w+Property\(\w+, tag, config|fieldName\(tag, config|count\(tag, config), "(\w+)"(?:, ([^,)]+))?', JAVA
    ):
        code[name] = default.strip('"')
    overlap = re.search(r'"region_overlap"\);\s+double value = found == null \? ([\d.]+)', JAVA)
    assert overlap is not None
    code["region_overlap"] = overlap.group(1)
    documented = {names(row[0])[0]: row[1].strip("`") for row in rows("filling-an-index-the-processor-image_embedding")}
    assert sorted(documented) == sorted(code)
    told_in_words = {"model", "region_side"}
    assert {name: default for name, default in documented.items() if name not in told_in_words} == {
        name: default for name, default in code.items() if name not in told_in_words
    }


@pytest.mark.cluster
def test_a_pipeline_takes_every_option_of_the_page(http: Http) -> None:
    def value(told: str) -> Any:
        return {"true": True, "false": False}.get(told, told)

    options = {
        names(row[0])[0]: value(row[1].strip("`"))
        for row in rows("filling-an-index-the-processor-image_embedding")
        if names(row[0])[0] not in {"model", "region_side"}
    }
    given = {**options, "model": "default", "region_side": 48, "region_levels": int(options["region_levels"])}
    try:
        assert http("PUT", "/_ingest/pipeline/docs-options", {"processors": [{"image_embedding": given}]}).status == 200
    finally:
        http("DELETE", "/_ingest/pipeline/docs-options")


# Settings, endpoints, permissions


@pytest.mark.cluster
def test_the_settings_are_those_of_the_node(http: Http) -> None:
    found = http("GET", "/_cluster/settings?include_defaults=true&flat_settings=true").ok()["defaults"]
    node = {name: value for name, value in found.items() if "lookalike" in name}
    documented = {names(row[0])[0]: (names(row[1]) or [row[1].replace(",", "")])[0] for row in rows("settings")}
    breaker = "breaker.lookalike.limit"  # made by OpenSearch of the breaker's name, and not listed
    assert sorted(documented) == sorted([*node, breaker])
    of_this_machine = {breaker, "thread_pool.lookalike.size"}  # shares of its heap and cores
    assert {name: documented[name] for name in node if name not in of_this_machine} == {
        name: node[name] for name in node if name not in of_this_machine
    }
    (stats,) = http("GET", "/_nodes/stats/breaker").json["nodes"].values()
    assert "lookalike" in stats["breakers"]


def test_the_endpoints_are_those_of_the_code() -> None:
    code = re.findall(r'new Route\(\s*RestRequest\.Method\.(\w+), "([^"]+)"( \+ what)?', JAVA)
    assert len(code) == JAVA.count("new Route(")
    whats = re.findall(r'new RestNodeStatesAction\("(\w+)"', JAVA)
    routes = {f"{method} {path}{end}" for method, path, what in code for end in (whats if what else [""])}
    assert {names(row[0])[0] for row in rows("rest")} == routes


def test_the_permissions_name_every_action_of_the_plugin() -> None:
    actions = re.findall(r'String NAME = "(cluster:[^"]+)"', JAVA)
    told = section(PLUGIN, "permissions", 2)
    assert actions
    assert [action for action in actions if f"`{action}`" not in told] == []


# What is made of the code


def test_the_commands_page_has_every_option_with_its_help() -> None:
    from tests.test_cli import COMMANDS
    from tests.test_cli import ROOT as APP

    made = commands()
    for name in COMMANDS:
        start = made.index(f"## lookalike {name}\n")
        part = made[start : made.find("\n## ", start + 1)]
        for item in APP.commands[name].params:
            where = made if getattr(item, "rich_help_panel", None) == "Connection" else part
            names_of = [*item.opts, *item.secondary_opts] if item.param_type_name == "option" else []
            assert all(f"`{option}" in where for option in names_of), f"{name} {item.opts}"
    scope = "Compare with images as wholes, or with their regions, and tell where. One of `images`, `regions`."
    assert f"| `--in` | {scope} | `images` |" in made
    assert "| SOURCE... | " in made
    assert "| `--port` | Port on 127.0.0.1. | `9200` |" in made


def test_the_mapping_page_has_every_field_and_variant() -> None:
    made = mapping()
    properties: Any = document_template()["template"]
    for name, field in properties["mappings"]["properties"].items():
        assert f"| `{name}` | `{field.get('type', 'object')}` |" in made
    assert "| `exif.location` | `geo_point` |" in made
    assert "| `regions.box.width` | `integer` |" in made
    for variant in VARIANTS:
        assert f"`{variant}`" in made
        template: Any = embedding_template(variant, 256)["template"]
        method = template["mappings"]["properties"]["embedding"]["method"]
        assert f"`{method['engine']}`" in made


# Figures that a page repeats


def decimals(text: str) -> set[float]:
    """The numbers with a decimal point, but for those of addresses."""
    return {float(number) for number in re.findall(r"(?<![\w.])\d*\.\d+(?![\w.]*\d)", re.sub(r"\]\([^)]*\)", "", text))}


def test_figures_of_the_comparison_stand_where_they_come_from() -> None:
    sources = ("README.md", "benchmarks/RESULTS.md", "docs/encoder.md")
    measured = set.union(*(decimals((ROOT / source).read_text("utf-8")) for source in sources))
    told = decimals((ROOT / "docs" / "compare.md").read_text("utf-8"))
    assert len(told) > 15
    assert told - measured == set()


def test_the_concepts_have_the_numbers_of_the_code() -> None:
    page = (ROOT / "docs" / "concepts.md").read_text("utf-8")
    model = find_artefact()
    assert f"a list of {model.dimension} numbers" in page
    assert f"{model.native_size} × {model.native_size} pixels" in page
    assert model.calibration is not None
    assert f"from the {model.calibration.neighbourhood.documents} nearest answers" in page
    scores_are_probabilities = replace(model.calibration, scores=[0.0, 1.0], probabilities=[0.0, 1.0])
    words = [scores_are_probabilities.words(probability) for probability in (0.949, 0.951, 0.499, 0.501)]
    assert words == ["probably the same picture", "copy", "similar", "probably the same picture"]
    assert "*copy* from a probability of 95 %, *probably the same picture* from 50 %, else *similar*" in page
