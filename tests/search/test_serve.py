"""The web page's server on a real node, asked over HTTP."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from opensearchpy import OpenSearch
from starlette.testclient import TestClient

from lookalike.cluster.process import free_port
from lookalike.search.searcher import Searcher
from lookalike.search.web import answering
from lookalike.search.web.app import make_app
from tests.conftest import Run
from tests.ingest.server import serving
from tests.pictures import encoded, picture, png_bomb
from tests.search.shop import TOTAL, Shop

pytestmark = pytest.mark.cluster


@pytest.fixture(scope="module")
def searcher(shop: Shop) -> Searcher:
    return shop.searcher()


@pytest.fixture(scope="module")
def page(searcher: Searcher, shop: Shop) -> Iterator[TestClient]:
    with TestClient(make_app(searcher, shop.index), base_url="http://127.0.0.1:9280") as client:
        yield client


def give(page: TestClient, data: bytes, name: str = "some.jpg") -> str:
    answer = page.post("/api/pictures", params={"name": name}, content=data)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["picture"])


def search(page: TestClient, **link: Any) -> dict[str, Any]:
    answer = page.get("/api/search", params=link)
    assert answer.status_code == 200, answer.text
    content: dict[str, Any] = answer.json()
    return content


def names(answer: dict[str, Any]) -> list[str]:
    return [hit["name"] for hit in answer["hits"]]


def facets(page: TestClient, *filters: str) -> dict[str, Any]:
    answer = page.get("/api/facets", params={"filter": list(filters)}).json()
    found = {facet["label"]: facet for facet in answer["facets"]}
    return {**found, **{name: answer[name] for name in ("total", "matching", "regions")}}


def counts(facet: dict[str, Any]) -> dict[str, int]:
    return {value["label"]: value["count"] for value in facet["values"]}


def test_a_picture_finds_itself_with_all_that_the_page_shows(page: TestClient, shop: Shop) -> None:
    key = give(page, shop.picture(7).read_bytes(), "mine.jpg")
    answer = search(page, picture=key)
    first = answer["hits"][0]
    assert (answer["name"], answer["judged"], len(answer["hits"]), answer["more"]) == ("mine.jpg", True, 24, True)
    assert (first["name"], first["verdict"], first["rank"]) == ("07.jpg", "copy", 1)
    assert first["similarity"] == pytest.approx(1, abs=1e-3)
    assert (first["width"], first["height"], first["file"], first["link"]) == (240, 320, True, None)
    assert ["price", "7"] in first["facts"]
    assert first["thumbnail"].startswith("/9j/")


def test_a_part_of_a_picture_is_what_is_searched_by(page: TestClient) -> None:
    both = picture(3).resize((800, 600))
    both.paste(picture(12).resize((400, 600)), (400, 0))
    key = give(page, encoded(both))
    right = search(page, picture=key, part="0.5,0,0.5,1")["hits"][0]
    left = search(page, picture=key, part="0,0,0.5,1")["hits"][0]
    assert right["name"] == "12.jpg"
    assert left["name"] != "12.jpg"


def test_inside_pictures_the_place_is_told_in_fractions(page: TestClient, shop: Shop) -> None:
    part = picture(9, (320, 240)).crop((0, 0, 160, 160))
    first = search(page, picture=give(page, encoded(part)), **{"in": "regions"})["hits"][0]
    assert first["name"] == "09.jpg"
    for box in first["boxes"]:
        assert 0 <= box["x"] < 1
        assert 0 < box["width"] <= 1
        assert box["width"] == pytest.approx(first["places"][0]["box"]["width"] / 320, abs=0.3)


def test_views_find_a_mirrored_picture(page: TestClient) -> None:
    from PIL import Image

    key = give(page, encoded(picture(18).transpose(Image.Transpose.FLIP_LEFT_RIGHT)))
    assert search(page, picture=key, view="flip")["hits"][0]["similarity"] > 0.95
    assert page.get("/api/search", params={"picture": key, "view": "inside-out"}).status_code == 400


def test_an_indexed_picture_is_searched_by_whole_or_in_part(page: TestClient, shop: Shop) -> None:
    first = search(page, picture=give(page, shop.picture(4).read_bytes()))["hits"][0]
    like = search(page, like=first["id"])
    assert like["name"] == "04.jpg"
    assert first["id"] not in {hit["id"] for hit in like["hits"]}
    assert search(page, like=first["id"], part="0,0,1,1")["hits"][0]["id"] == first["id"]
    gone = page.get("/api/search", params={"like": "nobody"})
    assert gone.status_code == 400
    assert gone.json()["error"].startswith("Index 'test-shop' has no picture with the id 'nobody'")


def test_more_and_less_like_move_the_answers(page: TestClient, shop: Shop) -> None:
    key = give(page, shop.picture(5).read_bytes())
    plain = search(page, picture=key)["hits"]
    moved = search(page, picture=key, more=plain[8]["id"], less=plain[3]["id"])["hits"]
    assert not {plain[8]["id"], plain[3]["id"]} & {hit["id"] for hit in moved}
    assert [hit["id"] for hit in moved[:8]] != [hit["id"] for hit in plain[:8]]


def test_pages_hold_every_picture_once(page: TestClient, shop: Shop) -> None:
    for link in ({"picture": give(page, shop.picture(5).read_bytes())}, {}):
        parts = [search(page, first=first, shown=first + 12, **link) for first in (0, 12, 24)]
        assert [part["more"] for part in parts] == [True, True, False]
        assert len({hit["id"] for part in parts for hit in part["hits"]}) == TOTAL


def test_without_a_picture_the_index_is_shown(page: TestClient) -> None:
    answer = search(page, shown=40)
    assert (len(answer["hits"]), answer["more"], answer["judged"]) == (TOTAL, False, False)
    assert len(search(page, filter="shelf=b", shown=40)["hits"]) == 10


def test_facets_count_the_whole_index(page: TestClient) -> None:
    found = facets(page)
    assert (found["total"], found["matching"]) == (TOTAL, TOTAL)
    assert counts(found["shelf"]) == {"a": 10, "b": 10, "c": 10}
    assert counts(found["sold"]) == {"true": 15, "false": 15}
    assert sum(counts(found["price"]).values()) == TOTAL
    assert counts(found["made"]) == {"2020": 10, "2021": 10, "2022": 10}
    assert (found["title"]["kind"], found["title"]["field"]) == ("words", "metadata.title.text")
    assert found["regions"] is True
    assert "format" not in found, "all are JPEGs, so there is no choice"


def test_every_value_of_a_facet_finds_as_many_as_it_says(page: TestClient) -> None:
    for label in ("shelf", "sold", "price", "made", "width"):
        for value in facets(page)[label]["values"]:
            found = len(search(page, filter=value["filter"], shown=40)["hits"])
            assert found == value["count"], value


def test_values_of_one_facet_are_alternatives_and_facets_must_all_hold(page: TestClient) -> None:
    two = facets(page, "shelf=a", "metadata.shelf=b", "sold=true")
    assert two["matching"] == 10
    assert counts(two["shelf"]) == {"a": 5, "b": 5, "c": 5}, "counted with the other filters"
    assert counts(two["sold"]) == {"true": 10, "false": 10}
    assert [value["label"] for value in two["shelf"]["values"] if value["chosen"]] == ["a", "b"]
    key = give(page, encoded(picture(2)))
    assert len(search(page, picture=key, filter=["shelf=a", "shelf=b", "sold=true"])["hits"]) == 10


def test_words_and_typed_ranges_filter(page: TestClient) -> None:
    assert names(search(page, filter="metadata.title.text=number 17")) == ["17.jpg"]
    typed = facets(page, "price=3..4")
    assert typed["matching"] == 2
    chosen = [value for value in typed["price"]["values"] if value["chosen"]]
    assert [(value["filter"], value["label"]) for value in chosen] == [("metadata.price=3..4", "3 – 4")]


def test_a_filter_may_not_be_a_query(page: TestClient) -> None:
    lookup = json.dumps({"terms": {"metadata.shelf": {"index": "secrets", "id": "1", "path": "x"}}})
    for address in ("/api/search", "/api/facets", "/api/query"):
        answer = page.get(address, params={"filter": lookup})
        assert (answer.status_code, answer.json()["error"]) == (
            400,
            "Filter: expected field=value or field=low..high; the page takes no JSON",
        )
    unknown = page.get("/api/search", params={"filter": "colour=red"}).json()["error"]
    assert unknown.startswith("The index has no field 'colour' to filter on.")


@pytest.mark.parametrize(
    "link",
    ["part=0,0,2,1", "part=1,2", "part=nan,0,1,1", "shown=1001", "shown=-1", f"shown={'9' * 5000}", "shown=many"],
)
def test_a_link_that_makes_no_sense_says_so(page: TestClient, link: str) -> None:
    answer = page.get(f"/api/search?picture=x&{link}")
    assert answer.status_code == 400
    assert "expected" in answer.json()["error"]


def test_the_query_asks_opensearch_for_the_same(page: TestClient, shop: Shop) -> None:
    client = OpenSearch(hosts=[shop.node.url])
    link: dict[str, Any] = {"picture": give(page, shop.picture(11).read_bytes()), "filter": "shelf=c", "shown": 6}
    for changed in (link, {**link, "picture": "", "like": search(page, **link)["hits"][1]["id"]}, {"shown": 5}):
        query = page.get("/api/query", params=changed).json()
        found = client.search(index=shop.index, body=query)["hits"]["hits"]
        assert [hit["_id"] for hit in found] == [hit["id"] for hit in search(page, **changed)["hits"]]
        assert found[0]["_source"].keys() == {"image_url", "metadata", "width", "height"}


@pytest.mark.parametrize(
    ("content", "status", "reason"),
    [
        (b"", 400, "empty file (0 bytes)"),
        (b"words", 400, "not a jpeg, png, webp, gif, bmp, tiff image"),
        (png_bomb(), 400, "more than 100,000,000 pixels"),
        (b"x" * 32_000_001, 413, "more than 32 MB"),
    ],
    ids=["empty", "text", "bomb", "large"],
)
def test_what_is_no_picture_says_why(page: TestClient, content: bytes, status: int, reason: str) -> None:
    answer = page.post("/api/pictures", content=content)
    assert answer.status_code == status
    assert reason in answer.json()["error"]


def test_a_link_whose_picture_is_gone_says_so(page: TestClient, shop: Shop) -> None:
    for address in ("/api/search?picture=0123", "/api/pictures/0123/preview"):
        answer = page.get(address)
        assert answer.status_code == 410
        assert "not kept any more" in answer.json()["error"]
    key = give(page, shop.picture(0).read_bytes())
    assert give(page, shop.picture(0).read_bytes()) == key, "given again, its links work again"
    again = page.post("/api/pictures", params={"name": "a.jpg"}, content=shop.picture(0).read_bytes())
    assert again.json() == {"picture": key, "name": "a.jpg", "width": 320, "height": 240}
    assert page.get(f"/api/pictures/{key}/preview").content.startswith(b"\xff\xd8")


def test_addresses_inside_the_network_are_not_fetched(page: TestClient) -> None:
    with serving() as server:
        server.pages["/a.jpg"] = lambda answer: answer.give(200, encoded(picture(1)))
        port = server.server_address[1]
        for url in (f"http://127.0.0.1:{port}/a.jpg", f"http://localhost:{port}/a.jpg", f"http://[::1]:{port}/a.jpg"):
            answer = page.post("/api/pictures", json={"url": url})
            assert answer.status_code == 400
            assert "has the private address" in answer.json()["error"]
        assert server.asked["/a.jpg"] == 0


def test_an_address_is_fetched_by_the_server(searcher: Searcher, shop: Shop) -> None:
    app = make_app(searcher, shop.index, private_addresses=True)
    with TestClient(app, base_url="http://127.0.0.1") as page, serving() as server:
        server.pages["/a%20b.jpg"] = lambda answer: answer.give(200, encoded(picture(1)))
        host = f"http://127.0.0.1:{server.server_address[1]}"
        given = page.post("/api/pictures", json={"url": f" {host}/a%20b.jpg "}).json()
        assert given["name"] == "a b.jpg"
        assert search(page, picture=given["picture"])["hits"][0]["name"] == "01.jpg"
        server.pages["/b.jpg"] = lambda answer: answer.give(404)
        missing = page.post("/api/pictures", json={"url": f"{host}/b.jpg"})
        assert (missing.status_code, missing.json()["error"]) == (
            400,
            "Cannot fetch 127.0.0.1's picture: HTTP 404",
        )


@pytest.mark.parametrize(
    "body",
    ['{"url": "file:///etc/passwd"}', '{"url": "http://a:b@c/"}', '{"url": "http://["}', '{"url": 1}', "[]", "no"],
)
def test_an_address_that_is_none_is_refused(page: TestClient, body: str) -> None:
    answer = page.post("/api/pictures", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400
    assert "expected the address of a picture" in answer.json()["error"].lower()


def test_images_of_the_index_are_shown_and_no_other_file(page: TestClient, shop: Shop, tmp_path: Path) -> None:
    first = search(page, picture=give(page, shop.picture(6).read_bytes()))["hits"][0]["id"]
    original = page.get("/api/original", params={"id": first})
    assert original.content == shop.picture(6).read_bytes()
    assert original.headers["content-type"] == "image/jpeg"
    assert original.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert original.headers["x-content-type-options"] == "nosniff"
    assert page.get("/api/image", params={"id": first, "side": 1600}).content.startswith(b"\xff\xd8")
    assert page.get("/api/image", params={"id": first, "side": 9000}).status_code == 400

    secret = tmp_path / "secret.txt"
    secret.write_text("words")
    drawing = tmp_path / "drawing.svg"
    drawing.write_text("<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>")
    outside = encoded(picture(40))
    (tmp_path / "outside.jpg").write_bytes(outside)
    vector = [1.0] + [0.0] * 255
    named = {
        "text": secret.as_uri(),
        "svg": drawing.as_uri(),
        "folder": tmp_path.as_uri(),
        "gone": (tmp_path / "gone.jpg").as_uri(),
        "device": "file:///dev/zero",
        "nul": "file:///tmp/%00.jpg",
        "nul-slide": "file:///tmp/%00.svs",
        "web": "https://example.org/a.jpg",
        "member": (tmp_path / "outside.jpg").as_uri() + "#a.jpg",
        "own": (tmp_path / "outside.jpg").as_uri(),
    }
    client = OpenSearch(hosts=[shop.node.url])
    try:
        for key, url in named.items():
            document = {"image_url": url, "embedding": vector}
            client.index(index=shop.index, id=f"odd-{key}", body=document, params={"refresh": "true"})
        for key in named:
            for address in ("/api/original", "/api/image"):
                answer = page.get(address, params={"id": f"odd-{key}"})
                assert answer.status_code == (200 if key == "own" else 404), (key, address)
                assert b"words" not in answer.content
        assert page.get("/api/original", params={"id": "odd-own"}).content == outside
    finally:
        query = {"query": {"ids": {"values": [f"odd-{key}" for key in named]}}}
        client.delete_by_query(index=shop.index, body=query, params={"refresh": "true"})
    for key in ("", "nobody", "../../etc/passwd", secret.as_uri()):
        assert page.get("/api/original", params={"id": key}).status_code == 404
    for path in ("/static/../app.py", "/static/%2e%2e/app.py", "/static/..%2f..%2fcli.py", "/static//etc/passwd"):
        assert page.get(path).status_code == 404


def test_a_picture_without_its_file_is_shown_by_its_thumbnail(page: TestClient, shop: Shop) -> None:
    client = OpenSearch(hosts=[shop.node.url])
    some = client.search(index=shop.index, body={"size": 1, "_source": ["thumbnail"]})["hits"]["hits"][0]
    document = {"image_url": "https://example.org/a.jpg", "thumbnail": some["_source"]["thumbnail"]}
    client.index(index=shop.index, id="elsewhere", body=document, params={"refresh": "true"})
    try:
        assert page.get("/api/image", params={"id": "elsewhere"}).content.startswith(b"\xff\xd8")
        assert page.get("/api/original", params={"id": "elsewhere"}).status_code == 404
        hit = search(page, filter="image_url=https://example.org/a.jpg")["hits"][0]
        assert (hit["link"], hit["file"]) == ("https://example.org/a.jpg", False)
    finally:
        client.delete(index=shop.index, id="elsewhere", params={"refresh": "true"})


def test_documents_of_others_do_not_break_an_answer(page: TestClient, shop: Shop) -> None:
    odd: list[dict[str, Any]] = [
        {"image_url": None, "metadata": None},
        {"image_url": ["a", "b"], "metadata": [{"x": 1}, {"x": 2}]},
        {"image_url": "javascript:alert(1)", "metadata": {"y": "\ud800"}, "width": 0, "thumbnail": "bm8="},
    ]
    client = OpenSearch(hosts=[shop.node.url])
    ids = [f"other-{number}" for number in range(len(odd))]
    try:
        for key, document in zip(ids, odd, strict=True):
            body = json.dumps({**document, "embedding": [1.0] + [0.0] * 255})
            path = f"/{shop.index}/_doc/{key}"
            client.transport.perform_request("PUT", path, params={"refresh": "true"}, body=body)
        every = search(page, shown=100)["hits"]
        assert set(ids) <= {hit["id"] for hit in every}
        assert all(hit["link"] is None for hit in every)
        for key in ids:
            assert len(search(page, like=key, shown=100)["hits"]) == TOTAL + 2
            assert page.get("/api/image", params={"id": key}).status_code == 404
    finally:
        query = {"query": {"ids": {"values": ids}}}
        client.delete_by_query(index=shop.index, body=query, params={"refresh": "true"})


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "evil.example"}, 421),
        ({"Host": "evil.example:9280"}, 421),
        ({"Host": "127.0.0.1.evil.example"}, 421),
        ({"Host": "["}, 421),
        ({"Host": "localhost:1234"}, 200),
        ({"Host": "192.0.2.7"}, 200),
        ({"Host": "[::1]:9280"}, 200),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://127.0.0.1:1"}, 403),
        ({"Origin": "http://127.0.0.1:many"}, 403),
        ({"Origin": "http://127.0.0.1:9280"}, 200),
        ({"Origin": "https://localhost:8443", "Host": "localhost"}, 200),
    ],
)
def test_only_the_page_itself_may_ask(page: TestClient, headers: dict[str, str], status: int) -> None:
    assert page.get("/api/facets", headers=headers).status_code == status
    posted = page.post("/api/pictures", content=encoded(picture(1)), headers=headers)
    assert posted.status_code == (201 if status == 200 else status)


def test_other_sites_may_link_to_the_page_and_not_frame_it(page: TestClient) -> None:
    answer = page.get("/?like=x", headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 200
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]


def test_named_hosts_are_answered(searcher: Searcher, shop: Shop) -> None:
    with TestClient(make_app(searcher, shop.index, ["Photos.example"]), base_url="http://photos.example") as page:
        assert page.get("/api/facets").status_code == 200


def test_the_page_runs_no_script_of_its_text_and_asks_nobody_else(page: TestClient) -> None:
    answer = page.get("/")
    policy = answer.headers["content-security-policy"]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    assert re.findall(r"<script(?![^>]*\bsrc=)", answer.text) == []
    assert re.findall(r"\s(?:style|on[a-z]+)=", answer.text) == []
    for text in [answer.text, *(page.get(path).text for path in own_files(page))]:
        addresses = set(re.findall(r"https?://[^\s\"'`)]*", text.replace("http://www.w3.org/2000/svg", "")))
        assert addresses <= {"https://…"}, "the example of an address"


def test_the_page_is_small(page: TestClient) -> None:
    """Bytes over the wire, as a browser that takes gzip gets them."""
    sizes = {}
    for path in ["/", *own_files(page)]:
        with page.stream("GET", path) as answer:
            assert answer.status_code == 200, path
            sizes[path] = sum(map(len, answer.iter_raw()))
    assert sum(sizes.values()) < 150_000, sizes


def own_files(page: TestClient) -> set[str]:
    """Everything that the page loads, modules by way of modules."""
    found = set(re.findall(r"(?:src|href)=\"(/static/[^\"#]+)", page.get("/").text))
    waiting = {path for path in found if path.endswith(".js")}
    while waiting:
        imported = re.findall(r"(?:from|import) \"\./([^\"]+)\"", page.get(waiting.pop()).text)
        new = {f"/static/{name}" for name in imported} - found
        found |= new
        waiting |= new
    return found


def test_nothing_but_searches_reaches_opensearch(
    searcher: Searcher, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: set[tuple[str, str]] = set()
    transport: Any = searcher._client.transport
    original = transport.perform_request

    def record(method: str, url: str, *rest: Any, **named: Any) -> Any:
        asked.add((method, url))
        return original(method, url, *rest, **named)

    monkeypatch.setattr(transport, "perform_request", record)
    monkeypatch.setattr(answering, "_FRESH", 0)
    with TestClient(make_app(searcher, shop.index), base_url="http://127.0.0.1") as page:
        page.get("/")
        key = give(page, shop.picture(3).read_bytes())
        hit = search(page, picture=key, **{"in": "regions", "filter": "shelf=a"})["hits"][0]
        search(page, picture=key, more=hit["id"])
        search(page, like=hit["id"])
        search(page)
        facets(page, "shelf=a")
        for address in ("/api/original", "/api/image"):
            page.get(address, params={"id": hit["id"]})
    assert {(method, url) for method, url in asked if method != "GET"} == {("POST", f"/{shop.index}/_search")}


def test_fields_that_come_later_are_found(
    searcher: Searcher, page: TestClient, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = OpenSearch(hosts=[shop.node.url])
    assert page.get("/api/search", params={"filter": "late=1"}).status_code == 400
    document = {"image_url": "https://example.org/late.jpg", "metadata": {"late": 1}}
    client.index(index=shop.index, id="late", body=document, params={"refresh": "true"})
    try:
        monkeypatch.setattr(answering, "_FRESH", 0)
        assert names(search(page, filter="late=1")) == ["late.jpg"]
    finally:
        client.delete(index=shop.index, id="late", params={"refresh": "true"})


def test_an_opensearch_that_is_away_is_told_without_its_address(shop: Shop, caplog: pytest.LogCaptureFixture) -> None:
    searcher = shop.searcher()
    searcher._client = OpenSearch(hosts=[f"http://127.0.0.1:{free_port()}"], max_retries=0)
    with TestClient(make_app(searcher, shop.index), base_url="http://127.0.0.1") as page:
        answer = page.get("/api/search")
        assert page.get("/static/main.js").status_code == 200
    assert answer.status_code == 502
    assert answer.json()["error"] == ("OpenSearch does not answer this search; the log of `lookalike serve` says why")
    assert "cannot reach OpenSearch" in caplog.text or "127.0.0.1" in caplog.text


def test_a_port_that_is_taken_and_an_index_that_is_missing_are_errors(run: Run, shop: Shop) -> None:
    taken = run("serve", "--index", shop.index, "--url", shop.node.url, "--port", str(shop.node.port))
    assert taken.code == 1
    assert f"Error: cannot listen on 127.0.0.1, port {shop.node.port}: " in taken.err
    missing = run("serve", "--index", "nowhere", "--url", shop.node.url, "--port", "0")
    assert missing.code == 1
    assert "Error: index 'nowhere' does not exist" in missing.err


def test_without_the_extra_the_command_says_what_to_install(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "uvicorn", None)
    monkeypatch.delitem(sys.modules, "lookalike.search.web.server", raising=False)
    result = run("serve", "--index", "photos")
    assert (result.code, result.err) == (1, "Error: serve needs uvicorn: pip install 'lookalike[web]'\n")
