"""What a training run is put together from: backbones, pooling, shipped weights, cache, pairs, checkpoints."""

import os
import platform
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
from PIL import Image

from lookalike.encoder.artefact import find_artefact
from lookalike.errors import TrainingError
from tests.pictures import picture, save_pictures

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.train

from lookalike.encoder.backbones import build_backbone  # noqa: E402
from lookalike.encoder.decoder import Decoder  # noqa: E402
from lookalike.encoder.gem_pooling import GemPooling  # noqa: E402
from lookalike.encoder.model import (  # noqa: E402
    Architecture,
    AutoEncoder,
    Encoder,
    as_input,
    with_second_branch,
    without_second_branch,
)
from lookalike.encoder.training.allocator import keep_freed_memory  # noqa: E402
from lookalike.encoder.training.bottleneck import whiten_bottleneck  # noqa: E402
from lookalike.encoder.training.checkpoint import Checkpoint, read_checkpoint, write_checkpoint  # noqa: E402
from lookalike.encoder.training.curves import curves  # noqa: E402
from lookalike.encoder.training.exported_weights import load_exported  # noqa: E402
from lookalike.encoder.training.features import all_features  # noqa: E402
from lookalike.encoder.training.objective import Weights  # noqa: E402
from lookalike.encoder.training.pair_dataset import Item, PairDataset, epoch_batches  # noqa: E402
from lookalike.encoder.training.picture_cache import PictureCache, open_cache  # noqa: E402
from lookalike.encoder.training.start import start_bottleneck  # noqa: E402

SMALL = Architecture("plain", 8, 3.0)


def test_gem_of_power_1_is_the_mean_and_of_a_large_power_nearly_the_largest() -> None:
    maps = torch.tensor([[[[1.0, 2.0], [3.0, 4.0]], [[-1.0, -3.0], [0.0, 0.0]]]])
    assert GemPooling(1.0)(maps).tolist() == [[2.5, -1.0]]
    assert GemPooling(3.0)(maps)[0, 0].item() == pytest.approx((100 / 4) ** (1 / 3), abs=1e-5)
    assert GemPooling(40.0)(maps)[0, 0].item() == pytest.approx(4, abs=0.2)


def test_gem_has_finite_gradients_where_features_are_nothing() -> None:
    maps = torch.zeros(1, 2, 3, 3, requires_grad=True)
    GemPooling(3.0)(maps).sum().backward()
    assert bool(torch.isfinite(maps.grad).all())


def test_the_decoder_makes_a_picture_of_an_embedding() -> None:
    rebuilt = Decoder(8)(torch.nn.functional.normalize(torch.ones(2, 8), dim=1))
    assert rebuilt.shape == (2, 3, 64, 64)
    assert 0 <= rebuilt.min().item() <= rebuilt.max().item() <= 1


@pytest.mark.parametrize(("name", "channels"), [("plain", 256), ("resnet18", 512), ("mobilenet_v3_small", 576)])
def test_backbones_by_name(name: str, channels: int) -> None:
    backbone = build_backbone(name, pretrained=False)
    assert backbone.channels == channels
    with torch.no_grad():
        assert backbone(torch.zeros(1, 3, 64, 64)).shape[:2] == (1, channels)


@pytest.mark.parametrize(
    ("name", "pretrained", "message"),
    [
        ("resnet7", False, "no backbone 'resnet7'; expected lite0, lite2, plain or one of torchvision's"),
        ("vit_b_16", False, "the backbone vit_b_16 does not end in feature maps; expected a convolutional one"),
        ("plain", True, "the backbone plain has no ImageNet weights; give --from scratch"),
    ],
)
def test_backbones_that_cannot_be(name: str, pretrained: bool, message: str) -> None:
    with pytest.raises(TrainingError, match=message):
        build_backbone(name, pretrained)


def test_the_first_stages_of_lite0_are_not_trained() -> None:
    encoder = Encoder(Architecture(dimension=8))
    encoder.backbone.freeze()
    trained = [any(item.requires_grad for item in stage.parameters()) for stage in encoder.backbone.stages]
    assert trained == [False] * 4 + [True] * 5


def test_the_shipped_weights_come_back_into_torch() -> None:
    from lookalike.encoder.session import EncoderSession
    from lookalike.encoder.training.exported_weights import architecture_of

    artefact = find_artefact()
    encoder = Encoder(architecture_of(artefact), pretrained=False)
    load_exported(encoder, artefact)
    side = artefact.native_size
    pixels = np.stack([np.asarray(picture(seed, (side, side))) for seed in range(2)])
    with torch.no_grad():
        found = encoder(torch.from_numpy(pixels).permute(0, 3, 1, 2).float()).numpy()
    assert np.abs(found - EncoderSession(artefact).embed(pixels)).max() < 1e-4
    other = Encoder(SMALL, pretrained=False)
    with pytest.raises(TrainingError, match="does not hold the layers of plain with 8 numbers; give --from imagenet"):
        load_exported(other, artefact)


def test_a_half_whitened_bottleneck_yields_decorrelated_numbers_of_more_equal_variance() -> None:
    encoder = Encoder(SMALL, pretrained=False)
    features = np.random.default_rng(0).normal(size=(500, 256)).astype(np.float32)
    features *= np.linspace(0.1, 3, 256, dtype=np.float32)
    codes = [codes_of(encoder, features)]
    assert whiten_bottleneck(encoder, features) == "half whitened on 500 pictures"
    codes.append(codes_of(encoder, features))
    before, after = (np.cov(each.T) for each in codes)
    assert np.abs(codes[1].mean(axis=0)).max() < 1e-3
    assert np.abs(after - np.diag(np.diag(after))).max() < 1e-3
    variances = np.sort(np.linalg.eigvalsh(before))[::-1]
    expected = 0.5 + 0.5 * 8 * variances / variances.sum()
    assert np.sort(np.diag(after))[::-1] == pytest.approx(expected, rel=1e-3)
    assert whiten_bottleneck(encoder, features[:15]) == "as trained, too few pictures to whiten it"


def codes_of(encoder: Encoder, features: np.ndarray) -> np.ndarray:
    bottleneck = encoder.bottleneck
    codes: np.ndarray = features @ bottleneck.weight.detach().numpy().T + bottleneck.bias.detach().numpy()
    return codes


def test_a_bottleneck_that_has_collapsed_is_left_alone() -> None:
    encoder = Encoder(SMALL, pretrained=False)
    with torch.no_grad():
        encoder.bottleneck.weight[:] = encoder.bottleneck.weight[0]
    before = encoder.bottleneck.weight.clone()
    features = np.random.default_rng(0).normal(size=(500, 256)).astype(np.float32)
    assert whiten_bottleneck(encoder, features) == "as trained, the pictures are too much alike to it to whiten it"
    assert torch.equal(encoder.bottleneck.weight, before)


def test_a_second_branch_comes_and_goes_without_changing_the_embedding() -> None:
    single = Encoder(Architecture("lite0", 8, 3.0))
    pixels = as_input(torch.from_numpy(np.stack([np.asarray(picture(seed, (64, 64))) for seed in range(2)])))
    with torch.no_grad():
        expected = single(pixels)
        double = with_second_branch(single)
        assert double.architecture == Architecture("lite0", 8, 3.0, branches=2)
        assert double.features(pixels).shape[1] == 2 * single.features(pixels).shape[1]
        assert torch.allclose(double(pixels), expected, atol=1e-6)
        double.bottleneck.weight[:, single.backbone.channels :] = 1
        assert torch.allclose(without_second_branch(double)(pixels), expected, atol=1e-6)
    assert without_second_branch(single) is single


def test_likeness_is_held_by_a_second_branch_where_the_first_came_from_imagenet(tmp_path: Path) -> None:
    from lookalike.encoder.training.settings import Settings
    from lookalike.encoder.training.start import starting_model

    shipped, origin = starting_model(Settings(tmp_path))
    assert (shipped.encoder.architecture.branches, origin[:17]) == (2, "the shipped model")
    alone, _ = starting_model(Settings(tmp_path, weights=Weights(distillation=0)))
    assert alone.encoder.architecture.branches == 1
    write_checkpoint(checkpoint_of(AutoEncoder(SMALL, pretrained=False)), tmp_path / "checkpoint.pt")
    plain, _ = starting_model(Settings(tmp_path, str(tmp_path), "plain", 8))
    assert plain.encoder.architecture.branches == 1


def test_the_second_branch_stays_as_it_was_whatever_is_trained() -> None:
    encoder = Encoder(Architecture("lite0", 8, 3.0, branches=2))
    pixels = torch.from_numpy(np.stack([np.asarray(picture(seed, (64, 64))) for seed in range(2)]))
    features = encoder.features(as_input(pixels))
    assert features.shape == (2, 2 * encoder.backbone.channels)
    assert torch.equal(*features.chunk(2, dim=1))  # before training
    assert encoder.bottleneck.in_features == features.shape[1]
    assert not any(item.requires_grad for item in encoder.backbone.kept.parameters())
    with torch.no_grad():
        for item in encoder.backbone.stages.parameters():
            if item.requires_grad:
                item.mul_(1.01)
    trained, kept = encoder.features(as_input(pixels)).chunk(2, dim=1)
    assert not torch.allclose(trained, features.chunk(2, dim=1)[0], atol=1e-3)
    assert torch.equal(kept, features.chunk(2, dim=1)[1])


def test_the_bottleneck_starts_as_the_whitening_of_the_features(tmp_path: Path) -> None:
    cache = cache_of(tmp_path / "cache", save_pictures(tmp_path / "pictures", 30))
    model, cpu = AutoEncoder(SMALL, pretrained=False).eval(), torch.device("cpu")
    assert start_bottleneck(model, cache, 0, cpu)
    codes = all_features(lambda pixels: model.encoder.bottleneck(model.encoder.features(pixels)), cache, cpu)
    assert np.abs(np.cov(codes.T) - np.eye(8)).max() < 1e-2
    assert not start_bottleneck(AutoEncoder(Architecture("plain", 30), pretrained=False), cache, 0, cpu)  # too few
    with torch.no_grad():
        for item in model.encoder.backbone.parameters():
            item.zero_()
    assert not start_bottleneck(model, cache, 0, cpu)  # too much alike


def cache_of(folder: Path, files: list[Path]) -> PictureCache:
    return open_cache(files, folder, 64)


def test_pictures_are_decoded_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = save_pictures(tmp_path / "pictures", 20)
    first = cache_of(tmp_path / "cache", files)
    assert first.pixels.shape == (20, 64, 64, 3)
    assert first.ratios.tolist() == pytest.approx([320 / 240] * 20)
    monkeypatch.setattr("lookalike.encoder.training.picture_cache.decode", None)
    again = cache_of(tmp_path / "cache", files)
    assert np.array_equal(first.pixels, again.pixels)


def test_a_changed_file_or_an_interrupted_cache_is_read_again(tmp_path: Path) -> None:
    files = save_pictures(tmp_path / "pictures", 20)
    first = np.array(cache_of(tmp_path / "cache", files).pixels)
    picture(77).save(files[3])
    second = np.array(cache_of(tmp_path / "cache", files).pixels)
    assert [int(row) for row in np.flatnonzero((first != second).any(axis=(1, 2, 3)))] == [3]
    (tmp_path / "cache" / "cache.json").unlink()
    (tmp_path / "cache" / "pixels.bin").write_bytes(b"half")
    assert np.array_equal(cache_of(tmp_path / "cache", files).pixels, second)


def test_bad_files_among_good_ones_are_skipped_with_a_reason(tmp_path: Path) -> None:
    files = save_pictures(tmp_path, 18)
    (tmp_path / "notes.txt").write_text("words")
    (tmp_path / "cut.jpg").write_bytes(files[0].read_bytes()[:2000])
    Image.new("RGB", (80, 80), "blue").save(tmp_path / "flat.png")
    (tmp_path / "twin.jpg").write_bytes(files[2].read_bytes())
    cache = cache_of(tmp_path / "cache", sorted(tmp_path.glob("*.*")))
    assert len(cache) == 18
    reasons = {Path(name).name: reason for name, reason in cache.skipped}
    assert sorted(reasons) == ["cut.jpg", "flat.png", "notes.txt", "twin.jpg"]
    assert reasons["flat.png"] == "one colour only"
    assert reasons["twin.jpg"] == f"the same picture as {files[2]}"
    assert reasons["notes.txt"].startswith("not a jpeg, png")
    assert "damaged" in reasons["cut.jpg"]


@pytest.mark.parametrize("kind", ["few", "identical", "one colour", "none"])
def test_too_little_to_learn_from(kind: str, tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    if kind == "few":
        save_pictures(folder, 15)
    elif kind != "none":
        for index in range(30):
            image = picture(1) if kind == "identical" else Image.new("RGB", (90, 90), (index * 8, 20, 90))
            image.save(folder / f"{index}.png")
    found = {"few": "15 in 15", "identical": "1 in 30", "one colour": "0 in 30", "none": "0 in 0"}[kind]
    with pytest.raises(TrainingError, match=f"training needs at least 16 different pictures, found {found} files"):
        cache_of(tmp_path / "cache", sorted(folder.iterdir()))


def test_pairs_depend_on_their_item_alone(tmp_path: Path) -> None:
    pairs = PairDataset(cache_of(tmp_path / "cache", save_pictures(tmp_path / "pictures", 16)), 48)
    plain, edited, number = pairs[Item(3, 5, 11)]
    assert (plain.shape, edited.shape, number) == ((48, 48, 3), (48, 48, 3), 3)
    Random().random()
    again = pairs[Item(3, 5, 11)]
    assert np.array_equal(edited, again[1])
    assert not np.array_equal(edited, pairs[Item(3, 5, 12)][1])
    assert np.array_equal(plain, pairs[Item(3, 5, 12)][0])


def test_batches_go_on_where_they_were() -> None:
    whole = epoch_batches(20, 6, seed=1, first_step=0)
    first = [next(whole) for _ in range(8)]
    later = epoch_batches(20, 6, seed=1, first_step=5)
    assert [next(later) for _ in range(3)] == first[5:]
    epoch = [item.picture for batch in first[:3] for item in batch]
    assert len(set(epoch)) == 18
    assert first[:3] != first[3:6]
    assert next(epoch_batches(20, 6, seed=2, first_step=0)) != first[0]


def test_batches_of_neighbours_go_on_where_they_were() -> None:
    neighbours = np.array([[(row + step) % 20 for step in range(1, 5)] for row in range(20)])
    whole = epoch_batches(20, 6, 1, 0, neighbours)
    first = [next(whole) for _ in range(8)]
    later = epoch_batches(20, 6, 1, 5, neighbours)
    assert [next(later) for _ in range(3)] == first[5:]
    assert first[0] != next(epoch_batches(20, 6, 1, 0))


def checkpoint_of(model: Any, step: int = 1) -> Checkpoint:
    return Checkpoint(model.encoder.architecture, model.state_dict(), {}, step, 2.0, [{"step": 1.0}], "random weights")


def test_a_checkpoint_comes_back(tmp_path: Path) -> None:
    file = tmp_path / "checkpoint.pt"
    model = AutoEncoder(SMALL, pretrained=False)
    write_checkpoint(checkpoint_of(model), file)
    found = read_checkpoint(file)
    assert (found.architecture, found.step, found.seconds, found.origin) == (SMALL, 1, 2.0, "random weights")
    assert all(torch.equal(value, found.model[name]) for name, value in model.state_dict().items())


def test_a_write_that_fails_leaves_the_last_checkpoint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "checkpoint.pt"
    model = AutoEncoder(SMALL, pretrained=False)
    write_checkpoint(checkpoint_of(model, 1), file)

    def full(*arguments: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(TrainingError, match=r"cannot write .*checkpoint.pt: .*No space left on device"):
        write_checkpoint(checkpoint_of(model, 2), file)
    assert read_checkpoint(file).step == 1
    assert [path.name for path in tmp_path.iterdir()] == ["checkpoint.pt"]


def test_checkpoints_that_cannot_be_used(tmp_path: Path) -> None:
    file = tmp_path / "checkpoint.pt"
    with pytest.raises(TrainingError, match=r"no checkpoint .*: expected one written by `lookalike train`"):
        read_checkpoint(file)
    file.write_bytes(b"not a checkpoint")
    with pytest.raises(TrainingError, match=r"checkpoint.pt is not a usable checkpoint: "):
        read_checkpoint(file)
    torch.save({"architecture": Random(1)}, file)  # what only running code could bring back
    with pytest.raises(TrainingError, match="not a usable checkpoint"):
        read_checkpoint(file)


def test_freed_memory_is_kept_where_glibc_is() -> None:
    assert keep_freed_memory() == (platform.libc_ver()[0] == "glibc")


def test_curves_fill_their_box() -> None:
    rows = [{"step": 1.0, "seconds": 1.0, "loss": 4.0}, {"step": 11.0, "seconds": 2.0, "loss": 2.0}]
    curve = curves(rows)[0]
    assert (curve.name, curve.points, curve.least, curve.most, curve.latest) == ("loss", "0.0,0.0 320.0,120.0", 2, 4, 2)
    assert curves([]) == []
