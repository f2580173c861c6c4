"""Every way to ask wrongly: a 400 or 404, and one line that says what is wrong."""

from typing import Any

import pytest

from lookalike.encoder.artefact import find_artefact
from tests.pictures import encoded, picture, png_bomb
from tests.plugin.conftest import BYTES, PHOTOS, REGIONS, Corpus
from tests.plugin.http import Http, base64_of, clause
from tests.plugin.indices import make_index, vector_field

pytestmark = pytest.mark.cluster

MODEL = find_artefact().identity
JPEG = encoded(picture(0))
IMAGE = base64_of(JPEG)
LIKE = {"_index": PHOTOS, "_id": "1"}
BOX = {"x": 0, "y": 0, "width": 1, "height": 1}
OUTSIDE = (
    "[lookalike] [region] must lie inside the picture and have an area: x, y, width and height are fractions of it "
    "between 0 and 1, found x [{}], y [{}], width [{}], height [{}]"
)
INCOMPLETE = "[lookalike] [region] needs [x], [y], [width] and [height], fractions of the picture"
NOT_TEXT = [(1, "[1]"), (True, "[true]"), (None, "null"), (["a"], "an array"), ({"a": "b"}, "an object")]
NOT_A_NUMBER = [("a", "[a]"), ("", "[]"), (True, "[true]"), (None, "null"), ([1], "an array"), ({}, "an object")]
NOT_AN_OBJECT = [(1, "[1]"), ("x", "[x]"), (None, "null"), ([], "an array")]
NOT_A_FLAG = [(1, "[1]"), ("yes", "[yes]"), (None, "null"), ([], "an array"), ({}, "an object")]
UNNEEDED = "[lookalike] [region], [views] and [model] need the picture itself: give [image] instead of [like]"


@pytest.mark.parametrize(
    ("parameters", "reason"),
    [
        ({"k": 1}, "[lookalike] needs one of [image] and [like], found neither"),
        ({"image": IMAGE, "like": LIKE, "k": 1}, "[lookalike] needs one of [image] and [like], found both"),
        (
            {"image": IMAGE, "k": 1, "imagee": "x"},
            "[lookalike] unknown parameter [imagee], expected one of [image], [like], [more_like], [less_like], "
            "[region], [views], [k], [min_score], [max_distance], [filter], [rescore], [method_parameters], "
            "[expand_nested_docs], [model], [boost], [_name]",
        ),
        ({"more_like": [LIKE], "k": 1}, "[lookalike] needs one of [image] and [like], found neither"),
        ({"image": IMAGE}, "[lookalike] needs exactly one of [k], [min_score] and [max_distance], found 0"),
        (
            {"image": IMAGE, "k": 1, "min_score": 0.5, "max_distance": 1},
            "[lookalike] needs exactly one of [k], [min_score] and [max_distance], found 3",
        ),
        ({"like": LIKE, "k": 1, "region": {**BOX, "width": 0.5}}, UNNEEDED),
        ({"like": LIKE, "k": 1, "views": "flip"}, UNNEEDED),
        ({"like": LIKE, "k": 1, "model": "default"}, UNNEEDED),
    ],
)
def test_parameters_that_contradict_each_other(
    http: Http, corpus: Corpus, parameters: dict[str, Any], reason: str
) -> None:
    answer = http.search(PHOTOS, clause(**parameters))
    assert (answer.status, answer.reason) == (400, reason)


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        *((name, value, f"must be text, found {found}") for name in ("image", "model") for value, found in NOT_TEXT),
        *(("_name", value, f"must be text, found {found}") for value, found in NOT_TEXT),
        *(("k", value, f"must be a whole number, found {found}") for value, found in NOT_A_NUMBER),
        ("k", 1.5, "must be a whole number, found [1.5]"),
        ("k", "NaN", "must be a whole number, found [NaN]"),
        ("k", 0, "must be at least 1, found [0]"),
        ("k", -3, "must be at least 1, found [-3]"),
        *(
            (name, value, f"must be a number, found {found}")
            for name in ("min_score", "max_distance", "boost")
            for value, found in NOT_A_NUMBER
        ),
        ("min_score", "NaN", "must be a finite number, found [NaN]"),
        ("max_distance", "Infinity", "must be a finite number, found [Infinity]"),
        ("boost", 1e39, "must be a finite number of 32 bits, found [1e+39]"),
        ("boost", -1, "must not be negative, found [-1.0]"),
        *(("region", value, f"must be an object, found {found}") for value, found in NOT_AN_OBJECT),
        *(("like", value, f"must be an object, found {found}") for value, found in NOT_AN_OBJECT),
        *(
            (name, value, f"must be an object, found {found}")
            for name in ("more_like", "less_like")
            for value, found in NOT_AN_OBJECT
            if value != []
        ),
        ("more_like", [LIKE] * 101, "takes at most [100] pictures"),
        *(("method_parameters", value, f"must be an object, found {found}") for value, found in NOT_AN_OBJECT),
        *(("rescore", value, f"must be true, false or an object, found {found}") for value, found in NOT_AN_OBJECT),
        *(("expand_nested_docs", value, f"must be true or false, found {found}") for value, found in NOT_A_FLAG),
        *(("filter", value, f"must be a query, found {found}") for value, found in NOT_AN_OBJECT),
        ("views", 1, "must be text, found [1]"),
        ("views", {"flip": True}, "must be text, found an object"),
        ("views", [None], "must be text, found null"),
        ("views", [["flip"]], "must be text, found an array"),
        ("views", "mirror", "knows [flip] and [rotations], found [mirror]"),
        ("views", ["flip", "x"], "knows [flip] and [rotations], found [x]"),
        ("model", "x" * 100, None),
    ],
)
def test_a_value_of_the_wrong_kind(http: Http, corpus: Corpus, name: str, value: object, reason: str | None) -> None:
    parameters: dict[str, Any] = {"image": IMAGE, "k": 1} | {name: value}
    if name in {"min_score", "max_distance"}:
        del parameters["k"]
    if name == "like":
        del parameters["image"]
    answer = http.search(PHOTOS, clause(**parameters))
    expected = f"[lookalike] [{name}] {reason}" if reason else f"no model [{value}] on this node; installed: [{MODEL}]"
    assert (answer.status, answer.reason) == (400, expected)


@pytest.mark.parametrize(
    ("region", "reason"),
    [
        ({}, INCOMPLETE),
        ({"x": 0, "y": 0, "width": 1}, INCOMPLETE),
        ({**BOX, "width": 2}, OUTSIDE.format("0.0", "0.0", "2.0", "1.0")),
        ({**BOX, "height": 0}, OUTSIDE.format("0.0", "0.0", "1.0", "0.0")),
        ({**BOX, "x": -0.1}, OUTSIDE.format("-0.1", "0.0", "1.0", "1.0")),
        ({**BOX, "x": 0.5, "width": 0.6}, OUTSIDE.format("0.5", "0.0", "0.6", "1.0")),
        ({**BOX, "x": "left"}, "[lookalike] [region.x] must be a number, found [left]"),
        ({**BOX, "y": None}, "[lookalike] [region.y] must be a number, found null"),
        ({**BOX, "width": [1]}, "[lookalike] [region.width] must be a number, found an array"),
        ({**BOX, "height": "NaN"}, "[lookalike] [region.height] must be a finite number, found [NaN]"),
        (
            {**BOX, "z": 1},
            "[lookalike] unknown parameter [region.z], expected one of [x], [y], [width], [height]",
        ),
    ],
)
def test_a_region_that_is_none(http: Http, corpus: Corpus, region: object, reason: str) -> None:
    answer = http.search(PHOTOS, clause(image=IMAGE, k=1, region=region))
    assert (answer.status, answer.reason) == (400, reason)


@pytest.mark.parametrize(
    ("like", "status", "reason"),
    [
        ({}, 400, "[lookalike] [like] needs [_index] and [_id] of an indexed picture"),
        ({"_id": "1"}, 400, "[lookalike] [like] needs [_index] and [_id] of an indexed picture"),
        ({**LIKE, "_id": 1}, 400, "[lookalike] [like._id] must be text, found [1]"),
        ({**LIKE, "_id": ""}, 400, "[lookalike] [like._id] must not be empty"),
        ({**LIKE, "field": None}, 400, "[lookalike] [like.field] must be text, found null"),
        (
            {**LIKE, "index": "x"},
            400,
            "[lookalike] unknown parameter [like.index], expected one of [_index], [_id], [field], [routing], [region]",
        ),
        ({**LIKE, "_id": "nobody"}, 400, f"[like] found no document [{PHOTOS}/nobody]"),
        ({**LIKE, "_index": "test-nowhere"}, 404, "no such index [test-nowhere]"),
        ({**LIKE, "_index": "test-plugin-*"}, 404, "no such index [test-plugin-*]"),
        ({**LIKE, "region": -1}, 400, "[lookalike] [like.region] must be at least 0, found [-1]"),
        ({**LIKE, "region": "a"}, 400, "[lookalike] [like.region] must be a whole number, found [a]"),
        (
            {"_index": REGIONS, "_id": "1", "field": "regions.embedding", "region": 2},
            400,
            f"[like] found [2] regions in document [{REGIONS}/1], none of number [2]: they are counted from 0",
        ),
        (
            {"_index": REGIONS, "_id": "1", "field": "regions.nothing", "region": 0},
            400,
            f"[like] found no list of regions in field [regions.nothing] of document [{REGIONS}/1]: "
            "[region] is for a field like [regions.embedding]",
        ),
        (
            {"_index": REGIONS, "_id": "1", "region": 0},
            400,
            f"[like] found no list of regions in field [embedding] of document [{REGIONS}/1]: "
            "[region] is for a field like [regions.embedding]",
        ),
        (
            {"_index": REGIONS, "_id": "1"},
            400,
            f"[like] found no single vector in field [embedding] of document [{REGIONS}/1]: "
            "name the field of one with [field], and which of its regions with [region]",
        ),
        (
            {"_index": REGIONS, "_id": "1", "field": "regions.embedding"},
            400,
            f"[like] found no single vector in field [regions.embedding] of document [{REGIONS}/1]: "
            "name the field of one with [field], and which of its regions with [region]",
        ),
    ],
)
def test_a_like_that_cannot_be_read(http: Http, corpus: Corpus, like: object, status: int, reason: str) -> None:
    answer = http.search(PHOTOS, clause(like=like, k=1))
    assert (answer.status, answer.reason) == (status, reason)
    for name in ("more_like", "less_like"):
        examples: dict[str, Any] = {name: [like]}
        answer = http.search(PHOTOS, clause(image=IMAGE, k=1, **examples))
        named = reason.replace("[like]", f"[{name}]" if reason.startswith("[like]") else f"[{name}[0]]")
        assert (answer.status, answer.reason) == (status, named.replace("[like.", f"[{name}[0]."))


@pytest.mark.parametrize(
    ("image", "reason"),
    [
        ("", "empty image: expected base64, found no characters"),
        ("====", "empty image: expected base64, found no characters"),
        ("!!!!", "not base64: found '!' at position 0"),
        (IMAGE[:100] + "é" + IMAGE[100:], "not base64: found U+00E9 at position 100"),
        ("\ud800", "not base64: found U+D800 at position 0"),
        (IMAGE + "=", None),
        ("AAAAA", "not base64: found 5 characters, which no number of bytes gives: text is missing or too much"),
        (
            "https://example.com/cat.jpg",
            "not base64: found a URL; the plugin opens no connections: send the bytes as base64",
        ),
        ("file:///etc/passwd", "not base64: found a URL; the plugin opens no connections: send the bytes as base64"),
        (
            "data:image/jpeg,abc",
            "not base64: found a data: URI that is not base64; it must begin like data:image/jpeg;base64,",
        ),
        (
            "data:text/plain;base64,aGVsbG8=",
            "not base64: found a data: URI of another type than image; it must begin like data:image/jpeg;base64,",
        ),
        (base64_of(b"hello world"), "not a jpeg, png, webp, gif, bmp, tiff image"),
        (base64_of(b"<svg xmlns='http://www.w3.org/2000/svg'/>"), "not a jpeg, png, webp, gif, bmp, tiff image"),
        (base64_of(JPEG[: len(JPEG) // 2]), "damaged image: image file is truncated"),
        (base64_of(encoded(picture(0), "PNG")[:900]), "damaged image: image file is truncated"),
        (base64_of(png_bomb()), "50000 x 50000 is 2,500,000,000 pixels, more than 100,000,000"),
    ],
)
def test_an_image_that_is_none(http: Http, corpus: Corpus, image: str, reason: str | None) -> None:
    answer = http.search(PHOTOS, clause(image=image, k=1))
    characters = len(IMAGE.rstrip("="))
    padding = len(IMAGE) - characters + 1
    expected = reason or f"not base64: found {characters} characters and {padding} of padding"
    assert (answer.status, answer.reason) == (400, f"[image] {expected}")


def test_more_bytes_than_the_node_takes(http: Http, corpus: Corpus) -> None:
    answer = http.search(PHOTOS, clause(image="A" * 40_000_000, k=1))
    assert (answer.status, answer.reason) == (400, "[image] image of 30,000,000 bytes, more than 20,971,520")


@pytest.mark.parametrize(
    ("index", "field", "status", "reason"),
    [
        ("test-nowhere", "embedding", 404, "no such index [test-nowhere]"),
        (f"{PHOTOS},test-nowhere", "embedding", 404, "no such index [test-nowhere]"),
        (PHOTOS, "nothing", 400, f"no field [nothing] of type [knn_vector] in [{PHOTOS}]"),
        (PHOTOS, "format", 400, f"no field [format] of type [knn_vector] in [{PHOTOS}]"),
        (PHOTOS, "", 400, f"no field [] of type [knn_vector] in [{PHOTOS}]"),
        (f"{PHOTOS},{BYTES}", "..", 400, f"no field [..] of type [knn_vector] in [{BYTES}, {PHOTOS}]"),
    ],
)
def test_a_field_that_holds_no_vectors(
    http: Http, corpus: Corpus, index: str, field: str, status: int, reason: str
) -> None:
    answer = http.search(index, clause(field, image=IMAGE, k=1))
    assert (answer.status, answer.reason) == (status, reason)


@pytest.mark.parametrize(
    ("parameters", "reason"),
    [
        ({"k": 10_001}, "[knn] requires k to be in the range (0, 10000]"),
        ({"k": 10**15}, "[knn] requires k to be in the range (0, 10000]"),
        ({"min_score": 0}, "[knn] requires minScore to be greater than 0"),
        (
            {"k": 1, "rescore": {"factor": 2}},
            "[lookalike] [knn] failed to parse field [rescore]: [rescore] unknown field [factor]",
        ),
        (
            {"k": 1, "method_parameters": {"depth": 1}},
            "[lookalike] [knn] failed to parse field [method_parameters]: [knn] unknown method parameter found [depth]",
        ),
        (
            {"k": 1, "method_parameters": {}},
            "[lookalike] [knn] failed to parse field [method_parameters]: method_parameters cannot be empty",
        ),
        ({"k": 1, "filter": {"nonsense": {}}}, "unknown query [nonsense]"),
    ],
)
def test_what_the_knn_clause_refuses_is_said_in_its_words(
    http: Http, corpus: Corpus, parameters: dict[str, Any], reason: str
) -> None:
    answer = http.search(PHOTOS, clause(image=IMAGE, **parameters))
    assert (answer.status, answer.reason) == (400, reason)


@pytest.mark.parametrize(
    ("parameters", "reason"),
    [
        ({"min_score": 2}, "[knn] requires score to be in the range [0, 1] for space type: COSINESIMIL"),
        ({"max_distance": -1}, "[knn] requires distance to be non-negative for space type: COSINESIMIL"),
        (
            {"k": 1, "expand_nested_docs": True},
            "Invalid value provided for the [expand_nested_docs] field. [expand_nested_docs] is only supported with a "
            "nested field.",
        ),
    ],
)
def test_what_the_shards_refuse(http: Http, corpus: Corpus, parameters: dict[str, Any], reason: str) -> None:
    answer = http.search(PHOTOS, clause(image=IMAGE, **parameters))
    assert (answer.status, answer.root_reason) == (400, f"failed to create query: {reason}")


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("[]", "[lookalike] query malformed, no start_object after query name"),
        ('"x"', "[lookalike] query malformed, no start_object after query name"),
        ("null", "[lookalike] query malformed, no start_object after query name"),
        ("{}", '[lookalike] expected the name of a field of vectors, as in {"embedding": {...}}'),
        (
            '{"embedding": "x"}',
            "[lookalike] expected an object of parameters after field [embedding], found [VALUE_STRING]",
        ),
        (
            '{"embedding": [{"k": 1}]}',
            "[lookalike] expected an object of parameters after field [embedding], found [START_ARRAY]",
        ),
        ('{"embedding": {}}', "[lookalike] needs one of [image] and [like], found neither"),
        (
            '{"embedding": {"image": "AA", "k": 1}, "other": {}}',
            "[lookalike] expected one field, found [embedding] and [other]",
        ),
        (
            '{"image": "AA", "k": 1}',
            "[lookalike] expected an object of parameters after field [image], found [VALUE_STRING]",
        ),
        ('{"embedding": {"image": "AA", "x.k": 1}}', None),
    ],
)
def test_a_clause_of_the_wrong_shape(http: Http, corpus: Corpus, body: str, reason: str | None) -> None:
    answer = http("POST", f"/{PHOTOS}/_search", f'{{"query": {{"lookalike": {body}}}}}')
    assert answer.status == 400
    assert answer.reason == reason or answer.reason.startswith("[lookalike] unknown parameter [x.k], expected")


@pytest.mark.parametrize(
    "body",
    [
        '{"query": {"lookalike": {"embedding": {"image": "AA", "k": 1',
        '{"query": {"lookalike": {"embedding": {"image": "AA',
        '{"query": {"lookalike": {"embedding": {"image": "AA", "k": 1, "k": 2}}}}',
        b'{"query": {"lookalike": {"embedding": {"image": "\xff\xfe", "k": 1}}}}',
        '{"query": {"lookalike": {"embedding": {"image": "AA", "k": NaN}}}}',
        '{"query": {"lookalike": {"embedding": {"k": 1, "rescore": ' + '{"a":' * 5000,
    ],
    ids=["cut", "cut in the image", "twice", "not UTF-8", "NaN", "deep"],
)
def test_broken_json_is_a_400(http: Http, corpus: Corpus, body: str | bytes) -> None:
    answer = http("POST", f"/{PHOTOS}/_search", body)
    assert answer.status == 400, answer.content
    assert answer.reason


def test_an_image_longer_than_json_may_hold(http: Http, corpus: Corpus) -> None:
    answer = http.search(PHOTOS, clause(image="A" * 50_000_001, k=1))
    assert answer.status == 400
    assert answer.reason.startswith("[lookalike] [image] is too long or too deep: String value length (50")


def test_an_index_of_another_model_names_both(http: Http, corpus: Corpus, index: str) -> None:
    make_index(http, index, {"embedding": vector_field()}, {"model": "older", "sha256": "ab" * 32})
    image: dict[str, Any] = {"image": IMAGE, "k": 1}
    answer = http.search(index, clause(**image))
    assert (answer.status, answer.reason) == (
        400,
        f"index [{index}] holds vectors of model [older@abababababab], this node has [{MODEL}]: put that model into "
        "the folder config/lookalike/models of every node",
    )
    for names in (index, f"{PHOTOS},{index}"):
        answer = http.search(names, clause(**image, model="default"))
        assert (answer.status, answer.reason) == (
            400,
            f"index [{index}] holds vectors of model [older@abababababab], the picture would be embedded by [{MODEL}]: "
            "vectors of two models cannot be compared",
        )
    answer = http.search(index, clause(like={"_index": PHOTOS, "_id": corpus.ids[0]}, k=1))
    assert (answer.status, answer.reason) == (
        400,
        f"[like] names a picture of index [{PHOTOS}] with vectors of model [{MODEL}], index [{index}] holds vectors of "
        "model [older@abababababab]: vectors of two models cannot be compared",
    )


def test_an_index_of_another_dimension_names_both(http: Http, corpus: Corpus, index: str) -> None:
    make_index(http, index, {"embedding": vector_field(dimension=8)})
    answer = http.search(index, clause(image=IMAGE, k=1))
    assert (answer.status, answer.reason) == (
        400,
        f"field [embedding] of index [{index}] holds vectors of [8] numbers, model [{MODEL}] makes [256]",
    )
    like = {"_index": PHOTOS, "_id": corpus.ids[0]}
    answer = http.search(index, clause(like=like, k=1))
    assert (answer.status, answer.reason) == (
        400,
        f"[like] found a vector of [256] numbers in document [{PHOTOS}/{corpus.ids[0]}], "
        f"field [embedding] of index [{index}] holds [8]",
    )


def test_no_error_repeats_the_picture(http: Http, corpus: Corpus) -> None:
    wrong: list[dict[str, Any]] = [{"boost": -1}, {"region": {}}, {"model": "x"}, {"min_score": 2}, {"x": 1}]
    for parameters in wrong:
        answer = http.search(PHOTOS, clause(image=IMAGE, **parameters))
        assert answer.status == 400
        assert IMAGE[:40].encode() not in answer.content
