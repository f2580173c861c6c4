"""`lookalike ingest` on a real node."""

import base64
import hashlib
import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import opensearchpy
import pytest
from opensearchpy import OpenSearch
from PIL import ExifTags, Image

from lookalike.encoder.artefact import find_artefact
from lookalike.encoder.decode import decode
from lookalike.encoder.session import EncoderSession
from lookalike.ingest.folders import Listing
from tests.conftest import Run
from tests.ingest.server import serving
from tests.pictures import encoded, picture, png_bomb, save_pictures

pytestmark = pytest.mark.cluster


def documents(client: OpenSearch, index: str) -> dict[str, dict[str, Any]]:
    """By file name; with the vectors, which are kept out of `_source` but rebuilt when asked for."""
    body = {"size": 1000, "_source": ["*"], "query": {"match_all": {}}}
    hits = client.search(index=index, body=body)["hits"]["hits"]
    return {hit["_source"]["metadata"]["filename"]: {"_id": hit["_id"], **hit["_source"]} for hit in hits}


def counts(result_out: str) -> dict[str, int]:
    written, unchanged, failed = re.findall(r"(\d+) (?:written|unchanged|failed)", result_out)
    return {"written": int(written), "unchanged": int(unchanged), "failed": int(failed)}


def test_a_document_holds_everything_of_the_contract(client: OpenSearch, index: str, run: Run, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = "Canon"
    exif[ExifTags.Base.Model] = "EOS R5"
    exif[ExifTags.Base.DateTime] = "2021:07:03 14:05:09"
    exif[ExifTags.Base.Orientation] = 6
    path = tmp_path / "trips" / "rome" / "forum.jpg"
    path.parent.mkdir(parents=True)
    path.write_bytes(encoded(picture(1, (640, 480)), "JPEG", exif=exif))

    result = run("ingest", tmp_path, "--index", index, "--metadata", "licence=CC0", "--metadata", "stars=4")
    assert result.code == 0, result.err
    assert counts(result.out) == {"written": 1, "unchanged": 0, "failed": 0}
    document = documents(client, index)["forum.jpg"]
    thumbnail = document.pop("thumbnail")
    embedding = np.array(document.pop("embedding"))
    ingested_at = document.pop("ingested_at")
    assert document.pop("content_sha256") == hashlib.sha256(path.read_bytes()).hexdigest()
    assert document == {
        "_id": hashlib.sha256(f"file://{path}".encode()).hexdigest()[:40],
        "image_url": f"file://{path}",
        "model": find_artefact().identity,
        "bytes": path.stat().st_size,
        "width": 480,
        "height": 640,
        "format": "jpeg",
        "exif": {"taken_at": "2021-07-03T14:05:09", "camera": "Canon EOS R5"},
        "metadata": {"filename": "forum.jpg", "folder": "trips/rome", "licence": "CC0", "stars": 4},
    }
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", ingested_at)
    assert Image.open(io.BytesIO(base64.b64decode(thumbnail))).size == (240, 320)
    artefact = find_artefact()
    pixels = decode(path.read_bytes(), artefact.native_size).pixels
    expected = EncoderSession(artefact).embed(pixels[np.newaxis])[0]
    np.testing.assert_allclose(embedding, expected, atol=1e-5)
    kinds = client.indices.get_mapping(index=index)[index]["mappings"]["properties"]["metadata"]["properties"]
    assert (kinds["licence"]["type"], kinds["licence"]["fields"]["text"]["type"]) == ("keyword", "text")
    assert kinds["stars"]["type"] == "long"


def test_every_format_becomes_a_document(client: OpenSearch, index: str, run: Run, tmp_path: Path) -> None:
    image = picture(5)
    gray16 = Image.fromarray(np.full((30, 40), 0x80FF, np.uint16))
    files = {
        "a.jpg": encoded(image, "JPEG", quality=95),
        "b.png": encoded(image, "PNG"),
        "c.webp": encoded(image, "WEBP", quality=95),
        "d.gif": encoded(image, "GIF", save_all=True, append_images=[picture(2), picture(3)]),
        "e.bmp": encoded(image, "BMP"),
        "f.tiff": encoded(image, "TIFF"),
        "g-alpha.png": encoded(image.convert("RGBA"), "PNG"),
        "h-palette.png": encoded(image.quantize(32), "PNG"),
        "i-16-bit.png": encoded(gray16, "PNG"),
        "j-cmyk.jpg": encoded(image.convert("CMYK")),
        "k-gray.jpg": encoded(image.convert("L")),
    }
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    result = run("ingest", tmp_path, "--index", index)
    assert result.code == 0, result.err
    found = documents(client, index)
    assert found.keys() == files.keys()
    formats = {name[0]: document["format"] for name, document in found.items()}
    assert [formats[letter] for letter in "abcdef"] == ["jpeg", "png", "webp", "gif", "bmp", "tiff"]
    first = np.array(found["b.png"]["embedding"])
    for letter in ("a.jpg", "c.webp", "d.gif", "e.bmp", "f.tiff", "g-alpha.png"):
        assert float(first @ np.array(found[letter]["embedding"])) > 0.9, letter


BAD = {
    "bomb.png": (png_bomb(), "more than 100,000,000 pixels"),
    "empty.jpg": (b"", "empty file (0 bytes)"),
    "text.jpg": (b"only words", "not a jpeg, png, webp, gif, bmp, tiff image"),
    "truncated.jpg": (encoded(picture(3))[:3000], "damaged image: image file is truncated"),
}


def test_bad_files_become_rows_and_the_rest_goes_on(client: OpenSearch, index: str, run: Run, tmp_path: Path) -> None:
    pictures = tmp_path / "pictures"
    save_pictures(pictures, 5)
    for name, (data, _) in BAD.items():
        (pictures / name).write_bytes(data)
    os.mkfifo(pictures / "pipe.jpg")
    (pictures / "dangling.jpg").symlink_to(tmp_path / "gone")
    expected = {name: reason for name, (_, reason) in BAD.items()}
    expected |= {"pipe.jpg": "not a regular file", "dangling.jpg": "No such file or directory"}

    rows = tmp_path / "failed.jsonl"
    result = run("ingest", pictures, "--index", index, "--failed", rows)
    assert result.code == 3
    assert counts(result.out) == {"written": 5, "unchanged": 0, "failed": 6}
    found = [json.loads(line) for line in rows.read_text().splitlines()]
    assert {Path(row["path"]).name for row in found} == expected.keys()
    for row in found:
        assert row.keys() == {"path", "id", "reason"}
        assert expected[Path(row["path"]).name] in row["reason"]
        assert f"failed: {row['path']}: " in result.err
    assert client.count(index=index)["count"] == 5

    again = run("ingest", pictures, "--index", index, "--json")
    assert again.code == 3
    *failures, summary = map(json.loads, again.out.splitlines())
    assert {Path(row["failed"]).name for row in failures} == expected.keys()
    assert summary.pop("seconds") > 0
    assert summary.pop("seconds_by_stage").keys() == {"list", "look up", "read", "decode", "embed", "write"}
    by_reason = summary.pop("failed_by_reason")
    assert by_reason["No such file or directory"] == 1
    assert sum(by_reason.values()) == 6
    assert summary == {"index": index, "written": 0, "unchanged": 5, "skipped": 0, "failed": 6}
    assert again.err == ""


def test_regions_larger_than_asked_for_are_told_with_the_budget_that_would_do(
    index: str, connection: object, run: Run, tmp_path: Path
) -> None:
    for name, side in (("large.png", 400), ("larger.png", 500), ("small.png", 100)):
        picture(1, (side, side)).save(tmp_path / name)
    asked = ("--regions", "--region-levels", "1", "--region-overlap", "0", "--region-side", "100")
    too_few = run("ingest", tmp_path, "--index", index, *asked, "--region-budget", "16")
    assert too_few.code == 0
    assert too_few.err == (
        "  2 have larger regions than --region-side says, as they would be too many; raise --region-budget to 26, or "
        "--region-side\n"
    )
    as_json = run("ingest", tmp_path, "--index", index, *asked, "--region-budget", "15", "--json")
    summary = json.loads(as_json.out)
    assert (summary["enlarged_regions"], summary["region_budget_needed"]) == (2, 26)
    enough = run("ingest", tmp_path, "--index", index, *asked, "--region-budget", "26", "--json")
    assert (enough.err, "enlarged_regions" in json.loads(enough.out)) == ("", False)


def test_a_file_for_failures_that_cannot_be_written_is_refused_before_work_starts(
    client: OpenSearch, index: str, run: Run, tmp_path: Path
) -> None:
    save_pictures(tmp_path, 1)
    result = run("ingest", tmp_path, "--index", index, "--failed", tmp_path / "gone" / "failed.jsonl")
    assert (result.code, result.out) == (1, "")
    assert result.err.startswith("Error: --failed: cannot write ")
    assert not client.indices.exists(index=index)


def test_only_the_first_failures_are_listed(client: OpenSearch, index: str, run: Run, tmp_path: Path) -> None:
    for number in range(15):
        (tmp_path / f"{number}.jpg").write_bytes(b"")
    result = run("ingest", tmp_path, "--index", index)
    assert result.code == 3
    assert result.err.count("failed: ") == 10
    assert "… and 5 more; --failed FILE writes all of them" in result.err


def test_a_file_that_vanishes_after_listing_is_a_row(
    client: OpenSearch, index: str, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = save_pictures(tmp_path, 3)
    count = Listing.count

    def count_then_vanish(listing: Listing) -> int:
        total = count(listing)
        paths[1].unlink()
        # It is listed once more, because the listing is walked again while it is read.
        paths[1].symlink_to(tmp_path / "gone")
        return total

    monkeypatch.setattr(Listing, "count", count_then_vanish)
    result = run("ingest", tmp_path, "--index", index)
    assert result.code == 3
    assert f"failed: {paths[1]}: No such file or directory" in result.err
    assert counts(result.out) == {"written": 2, "unchanged": 0, "failed": 1}


def test_any_name_is_ingested_and_found_again(client: OpenSearch, index: str, run: Run, tmp_path: Path) -> None:
    names = [b"with space.jpg", b"quo\"te's.jpg", b"new\nline.jpg", b"latin-\xe9.jpg", b"\x1b[31mred.jpg"]
    folder = tmp_path / "named"
    folder.mkdir()
    for seed, name in enumerate(names):
        (folder / os.fsdecode(name)).write_bytes(encoded(picture(seed)))
    result = run("ingest", folder, "--index", index)
    assert result.code == 0, result.err
    assert documents(client, index).keys() == {
        "with space.jpg",
        "quo\"te's.jpg",
        "new\nline.jpg",
        "latin-\\xe9.jpg",
        "\x1b[31mred.jpg",
    }
    assert counts(run("ingest", folder, "--index", index).out) == {"written": 0, "unchanged": 5, "failed": 0}
    answer = run(
        "search", folder / os.fsdecode(b"latin-\xe9.jpg"), "--index", index, "--html", tmp_path / "answers.html"
    )
    assert answer.code == 0, answer.err
    assert f"file://{folder}/latin-%E9.jpg" in answer.out.splitlines()[1].split()
    shown = run("search", folder / "with space.jpg", "--index", index)
    assert "\x1b" not in shown.out


def test_an_animated_gif_counts_by_its_first_frame(client: OpenSearch, index: str, run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    save_pictures(folder, 6)
    (folder / "animated.gif").write_bytes(
        encoded(picture(20), "GIF", save_all=True, append_images=[picture(21), picture(22)])
    )
    assert run("ingest", folder, "--index", index).code == 0
    query = tmp_path / "frame.png"
    picture(20).save(query)
    first = json.loads(run("search", query, "--index", index, "--json").out.splitlines()[0])
    assert first["metadata"]["filename"] == "animated.gif"
    assert first["similarity"] > 0.9


@pytest.mark.parametrize("content", [[], ["notes.txt", "film.mp4"]])
def test_a_folder_without_images_is_an_error_and_makes_no_index(
    client: OpenSearch, index: str, run: Run, tmp_path: Path, content: list[str]
) -> None:
    for name in content:
        (tmp_path / name).write_text("x")
    result = run("ingest", tmp_path, "--index", index)
    assert result.code == 1
    found = f"{len(content)} other files" if content else "no files"
    assert result.err.startswith(f"Error: no images in {tmp_path}: found {found}; images are files named")
    assert not client.indices.exists(index=index)


def test_what_is_unchanged_is_skipped_and_what_changed_is_replaced(
    client: OpenSearch, index: str, run: Run, tmp_path: Path
) -> None:
    paths = save_pictures(tmp_path, 4)
    assert counts(run("ingest", tmp_path, "--index", index).out)["written"] == 4
    before = documents(client, index)
    assert counts(run("ingest", tmp_path, "--index", index).out) == {"written": 0, "unchanged": 4, "failed": 0}
    assert documents(client, index) == before

    picture(50).save(paths[2])
    assert counts(run("ingest", tmp_path, "--index", index).out) == {"written": 1, "unchanged": 3, "failed": 0}
    after = documents(client, index)
    assert len(after) == 4
    changed = paths[2].name
    assert after[changed]["_id"] == before[changed]["_id"]
    assert after[changed]["content_sha256"] != before[changed]["content_sha256"]
    assert after[changed]["embedding"] != before[changed]["embedding"]


def test_new_metadata_is_a_change_and_force_embeds_everything(
    client: OpenSearch, index: str, run: Run, tmp_path: Path
) -> None:
    save_pictures(tmp_path, 3)
    run("ingest", tmp_path, "--index", index)
    with_licence = run("ingest", tmp_path, "--index", index, "--metadata", "licence=CC0")
    assert counts(with_licence.out) == {"written": 3, "unchanged": 0, "failed": 0}
    forced = run("ingest", tmp_path, "--index", index, "--metadata", "licence=CC0", "--force")
    assert counts(forced.out) == {"written": 3, "unchanged": 0, "failed": 0}
    assert client.count(index=index)["count"] == 3


def test_thumbnails_and_places_are_the_users_choice(client: OpenSearch, index: str, run: Run, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif.get_ifd(ExifTags.IFD.GPSInfo).update({1: "N", 2: (52.0, 30.0, 36.0), 3: "E", 4: (13.0, 15.0, 0.0)})
    (tmp_path / "here.jpg").write_bytes(encoded(picture(1), exif=exif))
    run("ingest", tmp_path, "--index", index, "--no-thumbnails")
    document = documents(client, index)["here.jpg"]
    assert "thumbnail" not in document
    assert "exif" not in document
    run("ingest", tmp_path, "--index", index, "--exif-location", "--force")
    document = documents(client, index)["here.jpg"]
    assert "thumbnail" in document
    assert document["exif"] == {"location": {"lat": 52.51, "lon": 13.25}}


def test_a_document_that_opensearch_refuses_is_a_row(client: OpenSearch, index: str, run: Run, tmp_path: Path) -> None:
    (first, second) = save_pictures(tmp_path, 2)
    assert run("ingest", first, "--index", index, "--metadata", "stars=4").code == 0
    refused = run("ingest", second, "--index", index, "--metadata", "stars=many\x1b[2J")
    assert refused.code == 3
    assert f"failed: {second}: " in refused.err
    assert "metadata.stars" in refused.err
    assert "many\\x1b[2J" in refused.err
    assert counts(refused.out) == {"written": 0, "unchanged": 0, "failed": 1}


@pytest.mark.parametrize("variant", ["byte", "4x"])
def test_a_smaller_variant_is_filled_and_searched(
    client: OpenSearch, index: str, run: Run, tmp_path: Path, variant: str
) -> None:
    paths = save_pictures(tmp_path, 20)
    assert run("init", index, "--variant", variant).code == 0
    assert run("ingest", tmp_path, "--index", index).code == 0
    for path in paths[:5]:
        found = [json.loads(line) for line in run("search", path, "--index", index, "--json").out.splitlines()]
        assert len(found) == 10
        assert found[0]["metadata"]["filename"] == path.name
        assert found[0]["similarity"] == pytest.approx(1, abs=0.002)
    like = json.loads(run("search", "--like", found[0]["id"], "--index", index, "--json").out.splitlines()[0])
    assert like["id"] == found[1]["id"]


def test_init_is_repeatable_and_keeps_what_it_made(client: OpenSearch, index: str, run: Run) -> None:
    identity = find_artefact().identity
    assert run("init", index).out == f"{index}: made (variant float, model {identity})\n"
    again = run("init", index)
    assert (again.code, again.out) == (
        0,
        f"{index}: exists already, nothing to do (variant float, model {identity})\n",
    )
    other = run("init", index, "--variant", "byte")
    assert other.code == 1
    assert other.err == f"Error: index '{index}' exists with variant 'float', not 'byte'; use another name\n"


@pytest.mark.parametrize("name", ["Photos", "_photos", "a*", "a,b", "a/b", ""])
def test_an_impossible_index_name_is_refused(
    client: OpenSearch, run: Run, name: str, index: str, tmp_path: Path
) -> None:
    result = run("init", name)
    assert result.code == 1
    assert result.err.startswith(f"Error: {name!r} cannot name an index: expected lower case letters")


def test_an_unknown_variant_names_the_known_ones(client: OpenSearch, run: Run, index: str) -> None:
    result = run("init", index, "--variant", "double")
    assert result.code == 1
    assert result.err == "Error: unknown variant 'double'; expected one of float, 4x, byte, faiss\n"


def other_model(folder: Path, **changes: object) -> Path:
    """The shipped model under another name or with a description that claims otherwise."""
    shutil.copytree(find_artefact().folder, folder)
    description = json.loads((folder / "model.json").read_text()) | changes
    (folder / "model.json").write_text(json.dumps(description))
    return folder


def test_another_models_vectors_are_refused_with_both_names(
    client: OpenSearch, index: str, run: Run, tmp_path: Path
) -> None:
    (path,) = save_pictures(tmp_path / "pictures", 1)
    run("ingest", path, "--index", index)
    other = other_model(tmp_path / "other", name="mine")
    identity = find_artefact().identity
    expected = (
        f"Error: index '{index}' holds vectors of model {identity}, but this is model "
        f"{identity.replace('default', 'mine')}; vectors of two models cannot be compared. "
        "Use that model (--model), or another index.\n"
    )
    for command in (("ingest", path), ("search", path), ("init",)):
        arguments = [command[0], index] if command == ("init",) else [*command, "--index", index]
        result = run(*arguments, "--model", other)
        assert (result.code, result.err) == (1, expected)


def test_an_index_of_another_dimension_is_refused(client: OpenSearch, index: str, run: Run, tmp_path: Path) -> None:
    (path,) = save_pictures(tmp_path / "pictures", 1)
    small = other_model(tmp_path / "small", name="small", dimension=64)
    assert run("init", index, "--model", small).code == 0
    mapping = client.indices.get_mapping(index=index)[index]["mappings"]
    assert mapping["properties"]["embedding"]["dimension"] == 64
    client.indices.put_mapping(index=index, body={"_meta": {"lookalike": {"variant": "float"}}})
    for command in ("ingest", "search"):
        result = run(command, path, "--index", index)
        assert result.code == 1
        assert f"index '{index}' holds vectors of 64 numbers, but model {find_artefact().identity} makes 256" in (
            result.err
        )


def test_an_index_that_is_not_ours_is_refused(client: OpenSearch, index: str, run: Run, tmp_path: Path) -> None:
    (path,) = save_pictures(tmp_path, 1)
    client.indices.create(index=index, body={"mappings": {"properties": {"embedding": {"type": "float"}}}})
    for command in ("ingest", "search"):
        result = run(command, path, "--index", index)
        assert result.code == 1
        assert f"index '{index}' was not made by Lookalike: expected `_meta.lookalike` and a knn_vector" in result.err


@contextmanager
def worker_half_way(client: OpenSearch, index: str, folder: Path) -> Iterator[subprocess.Popen[str]]:
    """`lookalike ingest` in a process of its own, yielded when its first bulk request of 128 is done.

    It has one thread, so that a busy machine, where a look at the index takes seconds, still catches it half-way.
    """
    command = [sys.executable, "-m", "lookalike", "ingest", str(folder), "--index", index, "--workers", "1"]
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=_heed_interrupts,  # noqa: PLW1509, no other thread runs
    ) as worker:
        try:
            deadline = time.monotonic() + 60
            while visible(client, index) <= 128:
                assert time.monotonic() < deadline
                assert worker.poll() is None, "it was too quick to be caught half-way"
                time.sleep(0.02)
            yield worker
        finally:
            worker.kill()


def _heed_interrupts() -> None:
    """Background shells have their children ignore interrupts."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def visible(client: OpenSearch, index: str) -> int:
    """How many documents there are; none while the index, or its shard, is still being made."""
    try:
        client.indices.refresh(index=index)
        return int(client.count(index=index)["count"])
    except opensearchpy.TransportError as error:
        assert error.status_code in {404, 503}
        return 0


def settled(client: OpenSearch, index: str) -> int:
    """How many documents there are once OpenSearch has finished the request that the worker did not live to see."""
    before, now = -1, visible(client, index)
    while now != before:
        time.sleep(0.5)
        before, now = now, visible(client, index)
    return now


def test_a_worker_killed_half_way_is_resumed_without_loss_or_duplicates(
    client: OpenSearch, index: str, run: Run, tmp_path: Path
) -> None:
    total = 500
    save_pictures(tmp_path, total)
    with worker_half_way(client, index, tmp_path) as worker:
        worker.send_signal(signal.SIGKILL)
        worker.communicate()
    kept = settled(client, index)
    assert 128 < kept < total

    summary = json.loads(run("ingest", tmp_path, "--index", index, "--json").out)
    assert (summary["written"], summary["unchanged"], summary["failed"]) == (total - kept, kept, 0)
    assert client.count(index=index)["count"] == total
    distinct = {"size": 0, "aggs": {"urls": {"cardinality": {"field": "image_url", "precision_threshold": 1000}}}}
    assert client.search(index=index, body=distinct)["aggregations"]["urls"]["value"] == total


def test_an_interrupt_says_how_to_go_on(client: OpenSearch, index: str, tmp_path: Path) -> None:
    total = 500
    save_pictures(tmp_path, total)
    with worker_half_way(client, index, tmp_path) as worker:
        worker.send_signal(signal.SIGINT)
        out, err = worker.communicate(timeout=60)
    assert worker.returncode == 130
    assert "finishing what is under way; interrupt again to stop at once" in err
    assert f"of {total} images done; the same command with --resume goes on" in err
    assert "Traceback" not in err
    assert 128 <= counts(out)["written"] < total


def loading_settings(client: OpenSearch, index: str) -> tuple[Any, Any, bool]:
    settings = client.indices.get_settings(index=index)[index]["settings"]["index"]
    meta = client.indices.get_mapping(index=index)[index]["mappings"]["_meta"]["lookalike"]
    return settings.get("refresh_interval"), settings.get("auto_expand_replicas"), "loading" in meta


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_a_first_load_lowers_settings_which_the_next_run_restores_if_it_cannot(
    client: OpenSearch, index: str, run: Run, tmp_path: Path, number: int
) -> None:
    save_pictures(tmp_path, 500)
    with worker_half_way(client, index, tmp_path) as worker:
        assert loading_settings(client, index) == ("-1", "false", True)
        worker.send_signal(number)
        worker.communicate(timeout=60)
    assert loading_settings(client, index) == (
        ("-1", "false", True) if number == signal.SIGKILL else (None, "0-1", False)
    )
    assert run("ingest", tmp_path, "--index", index, "--resume").code == 0
    assert loading_settings(client, index) == (None, "0-1", False)
    assert client.count(index=index)["count"] == 500


def test_a_second_interrupt_ends_at_once_and_the_run_can_be_resumed(
    client: OpenSearch, index: str, run: Run, tmp_path: Path
) -> None:
    with serving() as server:
        server.pages["/silent.jpg"] = lambda answer: time.sleep(60)
        command = [sys.executable, "-m", "lookalike", "ingest", f"{server.url}/silent.jpg", "--index", index]
        with subprocess.Popen(
            [*command, "--private-addresses", "--timeout", "50"],
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=_heed_interrupts,  # noqa: PLW1509, no other thread runs
        ) as worker:
            deadline = time.monotonic() + 60
            while not server.asked:
                assert time.monotonic() < deadline
                time.sleep(0.02)
            worker.send_signal(signal.SIGINT)
            time.sleep(0.5)
            began = time.monotonic()
            worker.send_signal(signal.SIGINT)
            _, err = worker.communicate(timeout=30)
        assert time.monotonic() - began < 10
        assert worker.returncode == 130
        assert "ended early, with 0 of 1 images done; the same command with --resume goes on" in err
        server.pages["/silent.jpg"] = lambda answer: answer.give(200, encoded(picture(1)))
        url = f"{server.url}/silent.jpg"
        assert run("ingest", url, "--index", index, "--private-addresses", "--timeout", "50", "--resume").code == 0
    assert client.count(index=index)["count"] == 1
