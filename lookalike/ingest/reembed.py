"""What `lookalike reembed` does: an index's images, with another model, into a new index that takes over its name."""

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from opensearchpy import OpenSearch

from lookalike.cluster.client import connect, translated_errors
from lookalike.cluster.contract import ModelRecord, read_contract
from lookalike.cluster.settings import ConnectionSettings
from lookalike.cluster.whole import whole
from lookalike.encoder.artefact import find_artefact
from lookalike.errors import ConfigError, IndexContractError
from lookalike.ingest.command import Wanted, ingest_sources
from lookalike.ingest.indexed import IndexedImages
from lookalike.ingest.job import default_name

__all__ = ["reembed"]

_SOME_MISSING = 3
_ROUTED = ("filter", "index_routing", "search_routing")


@dataclass(frozen=True)
class _Old:
    """What is to be replaced: the indices behind a name, and whether the name is an alias."""

    name: str
    indices: list[str]
    is_alias: bool


@dataclass(frozen=True)
class _Counts:
    """Documents in the old index and in the new one."""

    old: int
    new: int


def reembed(
    connection: ConnectionSettings,
    index: str,
    into: str | None,
    wanted: Wanted,
    allow_missing: bool,
    delete_old: bool,
    without_regions: bool,
) -> int:
    """Ingest the images of `index` into another one with `wanted.model`, and let the name mean that one; exit code.

    `wanted.index` is ignored: `into` is the new index, by default named after the model. The name is swapped in one
    step, and only if every image was embedded or `allow_missing`. `delete_old` deletes what was there, which has to be
    for a name that is no alias. Raises IndexContractError if `index` is of that model already, ConfigError if it has
    regions and the new one would have none, unless `without_regions`.
    """
    artefact = find_artefact(wanted.model)
    record = ModelRecord(artefact.name, artefact.sha256)
    client = connect(connection)
    with translated_errors(connection):
        contract = read_contract(client, index)
        if contract.model == record:
            raise IndexContractError(
                f"{index!r} holds vectors of model {record} already; give another one with --model"
            )
        old = _old(client, index)
        cut = client.search(
            index=index, body={"size": 1, "query": {"exists": {"field": "tiling"}}, "_source": "tiling"}
        )
    if cut["hits"]["hits"] and wanted.options.tiling is None and not without_regions:
        found = cut["hits"]["hits"][0]["_source"]["tiling"]
        raise ConfigError(f"{index!r} has regions ({found}); say --regions with its options, or --no-regions")
    new = into or f"{index}-{artefact.name}-{artefact.sha256[:12]}".lower()
    if new in {index, *old.indices}:
        raise ConfigError(f"--into: {new!r} is what is to be replaced; expected another name")
    if delete_old and not wanted.confirmed and not sys.stdin.isatty():
        raise ConfigError("--delete-old asks before it deletes, and there is no terminal to ask on; give --yes")
    if wanted.variant is None:
        wanted = replace(wanted, variant=contract.variant)
    wanted = replace(wanted, index=new, job=default_name(new, {"url": connection.url, "from": index}))
    images = IndexedImages(client, connection, index, wanted.settings.limits)
    code = ingest_sources(images, [], wanted, connection)
    with translated_errors(connection):
        counts = _Counts(*(whole(client.count(index=name), name)["count"] for name in (index, new)))
        if counts.new < counts.old and not allow_missing:
            print(
                f"{index} still means {', '.join(old.indices)}: {new} holds {counts.new} of {counts.old} images. The "
                "same command with --retry-failed tries again what failed, with --allow-missing it does without",
                file=sys.stderr,
            )
            return code or _SOME_MISSING
        delete = delete_old and (wanted.confirmed or _agreed(old, new, counts))
        _take_over(client, old, new, delete, wanted.as_json)
    return code


def _old(client: OpenSearch, name: str) -> _Old:
    found: Mapping[str, Any] = client.indices.get_alias(index=name)
    is_alias = name not in found
    if not is_alias and len(found) > 1:
        raise IndexContractError(f"{name!r} is a pattern; expected one index or alias")
    for one, content in found.items():
        alias = content["aliases"].get(name, {})
        if is_alias and not alias.keys().isdisjoint(_ROUTED):
            raise IndexContractError(f"the alias {name!r} has a filter or a routing on {one!r}; expected a plain one")
    return _Old(name, sorted(found), is_alias)


def _agreed(old: _Old, new: str, counts: _Counts) -> bool:
    question = f"{new} holds {counts.new} of {counts.old} images. Delete {', '.join(old.indices)}? [y/N] "
    return input(question).strip().lower() in {"y", "yes"}


def _take_over(client: OpenSearch, old: _Old, new: str, delete: bool, as_json: bool) -> None:
    """Let the name mean the new index, in one step."""
    swapped = delete or old.is_alias
    if swapped:
        leave = [
            {"remove_index": {"index": name}} if delete else {"remove": {"index": name, "alias": old.name}}
            for name in old.indices
        ]
        client.indices.update_aliases(body={"actions": [*leave, {"add": {"index": new, "alias": old.name}}]})
    if as_json:
        print(
            json.dumps({"index": new, "alias": old.name if swapped else None, "deleted": old.indices if delete else []})
        )
        return
    if not swapped:
        request = {"actions": [{"remove_index": {"index": old.name}}, {"add": {"index": new, "alias": old.name}}]}
        print(
            f"{new} is complete. {old.name} is an index, not an alias, so its name cannot mean another while it is "
            f"there: search {new}, or send this, which deletes {old.name}: POST _aliases {json.dumps(request)}"
        )
    elif delete:
        print(f"{old.name} means {new} now; {', '.join(old.indices)} deleted")
    else:
        print(f"{old.name} means {new} now; {', '.join(old.indices)} is kept until you delete it")
