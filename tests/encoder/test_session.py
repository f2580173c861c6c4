import json
import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnxruntime
import pytest

from lookalike.encoder.artefact import find_artefact, read_artefact, write_description
from lookalike.encoder.decode import decode
from lookalike.encoder.device import Device
from lookalike.encoder.session import EncoderSession
from lookalike.errors import ArtefactError, ConfigError
from tests.pictures import encoded, picture

SIDE = find_artefact().native_size


@pytest.fixture(scope="module")
def session() -> EncoderSession:
    return EncoderSession(find_artefact())


def batch(*seeds: int) -> np.ndarray:
    return np.stack([decode(encoded(picture(seed), "PNG"), SIDE).pixels for seed in seeds])


def test_embeddings_have_the_described_length_and_unit_norm(session: EncoderSession) -> None:
    embeddings = session.embed(batch(1, 2, 3))
    assert embeddings.shape == (3, session.artefact.dimension)
    assert embeddings.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(embeddings, axis=1), 1, atol=1e-5)


def test_a_batch_embeds_like_its_pictures_one_by_one(session: EncoderSession) -> None:
    pixels = batch(*range(9))
    one_by_one = np.concatenate([session.embed(pixels[i : i + 1]) for i in range(9)])
    np.testing.assert_allclose(session.embed(pixels), one_by_one, atol=1e-5)


@pytest.mark.parametrize(("threads", "expected"), [(1, [4, 4, 1]), (2, [8, 1]), (3, [9])])
def test_few_pictures_are_computed_at_once_on_a_cpu(
    threads: int, expected: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    session = EncoderSession(find_artefact(), threads)
    run = session._run
    found: list[int] = []

    def counted(pixels: np.ndarray) -> np.ndarray:
        found.append(len(pixels))
        return run(pixels)

    monkeypatch.setattr(session, "_run", counted)
    assert len(session.embed(batch(*range(9)))) == 9
    assert found == expected


def test_the_graph_resizes_raw_pixels_as_decode_does(session: EncoderSession) -> None:
    """The plugin gives the graph whole pictures; ingest gives it resized ones."""
    for seed, size in ((1, (320, 240)), (2, (1000, 700)), (3, (100, 90))):
        image = picture(seed, size)
        resized = session.embed(decode(encoded(image, "PNG"), SIDE).pixels[np.newaxis])
        raw = session.embed(np.asarray(image)[np.newaxis])
        assert float(resized[0] @ raw[0]) > 0.9999


def test_an_edited_copy_is_nearer_than_other_pictures(session: EncoderSession) -> None:
    original = picture(1, (400, 400))
    copy = original.crop((40, 40, 380, 380))
    pixels = [decode(encoded(image), SIDE).pixels for image in (original, copy, *map(picture, range(2, 12)))]
    embeddings = session.embed(np.stack(pixels))
    similarities = embeddings[1:] @ embeddings[0]
    assert similarities.argmax() == 0


def test_threads_may_share_a_session(session: EncoderSession) -> None:
    pixels = batch(1, 2)
    expected = session.embed(pixels)
    with ThreadPoolExecutor(4) as pool:
        for found in pool.map(lambda _: session.embed(pixels), range(12)):
            np.testing.assert_allclose(found, expected, atol=1e-6)


@pytest.mark.parametrize(
    "pixels",
    [np.zeros((224, 224, 3), np.uint8), np.zeros((1, 224, 224, 3), np.float32), np.zeros((1, 3, 224, 224), np.uint8)],
)
def test_another_shape_or_type_is_refused(session: EncoderSession, pixels: np.ndarray) -> None:
    with pytest.raises(ValueError, match=r"expected uint8 \[N, H, W, 3\], found"):
        session.embed(pixels)


def test_the_runtime_has_no_telemetry(session: EncoderSession) -> None:
    session.load()
    assert os.environ["ORT_DISABLE_TELEMETRY"] == "1"
    assert tuple(int(part) for part in onnxruntime.__version__.split(".")[:2]) < (1, 29)


def asked_providers(
    monkeypatch: pytest.MonkeyPatch, device: Device, available: list[str], usable: list[str]
) -> list[str]:
    """The providers that a session asks ONNX Runtime for, by name, where those `available` are built in and of these
    only `usable` ones find their hardware."""
    asked: list[str] = []

    class Recorded:
        def __init__(self, *_: object, providers: list[object], **__: object) -> None:
            asked.extend(provider if isinstance(provider, str) else provider[0] for provider in providers)  # type: ignore[index]
            self.used = [name for name in asked if name in usable]

        def get_providers(self) -> list[str]:
            return self.used

        def get_outputs(self) -> list[object]:
            return [type("Output", (), {"shape": [None, find_artefact().dimension]})]

    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: available)
    monkeypatch.setattr(onnxruntime, "InferenceSession", Recorded)
    session = EncoderSession(find_artefact(), device=device)
    assert session.device == ("cuda" if "CUDAExecutionProvider" in session._session.get_providers() else "cpu")
    return asked


CUDA, CPU = "CUDAExecutionProvider", "CPUExecutionProvider"


def test_a_gpu_is_used_where_there_is_one_unless_the_cpu_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    with_cuda = ["TensorrtExecutionProvider", CUDA, CPU]
    assert asked_providers(monkeypatch, "auto", with_cuda, [CUDA, CPU]) == [CUDA, CPU]
    assert asked_providers(monkeypatch, "cuda", with_cuda, [CUDA, CPU]) == [CUDA, CPU]
    assert asked_providers(monkeypatch, "cpu", with_cuda, [CUDA, CPU]) == [CPU]
    assert asked_providers(monkeypatch, "auto", [CPU], [CPU]) == [CPU]


def test_without_a_gpu_the_gpu_package_runs_on_the_cpu_or_says_why_not(monkeypatch: pytest.MonkeyPatch) -> None:
    assert asked_providers(monkeypatch, "auto", [CUDA, CPU], [CPU]) == [CUDA, CPU]
    for available in ([CUDA, CPU], [CPU]):
        with pytest.raises(ConfigError, match="--device cuda: ONNX Runtime cannot use a GPU here; it needs an NVIDIA"):
            asked_providers(monkeypatch, "cuda", available, [CPU])


@pytest.mark.skipif(CUDA in onnxruntime.get_available_providers(), reason="this ONNX Runtime has CUDA")
def test_cuda_that_onnx_runtime_lacks_is_an_error_and_auto_embeds_without() -> None:
    with pytest.raises(ConfigError, match="--device cuda"):
        EncoderSession(find_artefact(), device="cuda").load()
    session = EncoderSession(find_artefact(), device="auto")
    assert session.device == "cpu"
    assert session.embed(batch(1)).shape == (1, session.artefact.dimension)


@pytest.fixture
def copy_of_default(tmp_path: Path) -> Path:
    folder = tmp_path / "model"
    shutil.copytree(find_artefact().folder, folder)
    return folder


def test_a_model_file_that_is_not_the_one_described_is_refused(copy_of_default: Path) -> None:
    with (copy_of_default / "model.onnx").open("ab") as stream:
        stream.write(b"x")
    with pytest.raises(ArtefactError, match="not the file that model.json describes: expected sha256 .* found"):
        EncoderSession(read_artefact(copy_of_default)).load()


def test_another_dimension_than_described_is_refused(copy_of_default: Path) -> None:
    artefact = replace(read_artefact(copy_of_default), dimension=128)
    with pytest.raises(ArtefactError, match="yields 256 numbers, but model.json says 128"):
        EncoderSession(artefact).load()


def test_a_description_that_lacks_a_key_is_refused(copy_of_default: Path) -> None:
    description = json.loads((copy_of_default / "model.json").read_text())
    del description["sha256"]
    (copy_of_default / "model.json").write_text(json.dumps(description))
    with pytest.raises(ArtefactError, match="not a usable model description: .*sha256"):
        read_artefact(copy_of_default)


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("sha256", 5, "sha256 must be of type str, found 5"),
        ("dimension", "256", "dimension must be of type int, found '256'"),
        ("distance", "l2", "distance must be cosinesimil, found 'l2'"),
    ],
)
def test_a_description_that_makes_no_sense_is_refused(
    copy_of_default: Path, key: str, value: object, message: str
) -> None:
    description = json.loads((copy_of_default / "model.json").read_text()) | {key: value}
    (copy_of_default / "model.json").write_text(json.dumps(description))
    with pytest.raises(ArtefactError, match=f"not a usable model description: {message}"):
        read_artefact(copy_of_default)


def test_a_description_may_hold_what_is_not_utf_8(copy_of_default: Path) -> None:
    artefact = replace(read_artefact(copy_of_default), version="caf\udce9 – 2")
    write_description(artefact)
    assert read_artefact(copy_of_default) == artefact


def test_an_unknown_model_names_the_installed_ones() -> None:
    with pytest.raises(ArtefactError, match=r"no model 'nothing': .*Installed models: default.* slash in it: \./mine"):
        find_artefact("nothing")


def test_the_shipped_model_keeps_the_contract() -> None:
    artefact = find_artefact()
    assert artefact.name == "default"
    assert artefact.distance == "cosinesimil"
    assert 128 <= artefact.native_size <= 224  # not slower than EfficientNet-lite0 at 224
    assert artefact.calibration is not None
    assert artefact.model_file.stat().st_size <= 25_000_000
    assert "Apache-2.0" in artefact.provenance["weights"]
    assert artefact.provenance["torch_difference"] <= 1e-4
