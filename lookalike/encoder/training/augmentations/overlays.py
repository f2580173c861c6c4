"""Edits that add something: another picture around or on it, borders, text, emoji, a screen."""

import math
import string
from random import Random

from PIL import Image, ImageDraw, ImageFont

__all__ = ["OVERLAYS", "border", "caption", "collage", "emoji", "paste_into", "paste_onto", "screenshot", "text"]

_Colour = tuple[int, int, int]


def _colour(random: Random) -> _Colour:
    extreme = random.choice([(0, 0, 0), (255, 255, 255), None, None])
    return extreme or (random.randrange(256), random.randrange(256), random.randrange(256))


def _opposite(colour: _Colour) -> _Colour:
    return (0, 0, 0) if sum(colour) > 380 else (255, 255, 255)


def _words(random: Random, count: int) -> str:
    letters = random.choice([string.ascii_lowercase, string.ascii_uppercase, string.ascii_letters + string.digits])
    return " ".join("".join(random.choices(letters, k=random.randint(2, 9))) for _ in range(count))


def _font(size: float) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(max(8.0, size))


def border(image: Image.Image, random: Random, other: Image.Image) -> Image.Image:
    """Bars on all sides, or on two opposite ones, of one colour."""
    del other
    across, down = (round(side * random.uniform(0.04, 0.25)) + 1 for side in image.size)
    sides = random.randrange(3)
    across, down = (0 if sides == 1 else across), (0 if sides == 2 else down)
    framed = Image.new("RGB", (image.width + 2 * across, image.height + 2 * down), _colour(random))
    framed.paste(image, (across, down))
    return framed


def caption(image: Image.Image, random: Random, other: Image.Image) -> Image.Image:
    """A bar with words above or below, as on a meme."""
    del other
    height = round(image.height * random.uniform(0.12, 0.35)) + 8
    ground = _colour(random)
    whole = Image.new("RGB", (image.width, image.height + height), ground)
    above = random.random() < 0.5
    whole.paste(image, (0, height if above else 0))
    draw = ImageDraw.Draw(whole)
    lines = random.randint(1, 3)
    size = height / (lines + 0.6)
    for line in range(lines):
        words = _words(random, random.randint(1, 5))
        top = (0 if above else image.height) + size * (line + 0.2)
        draw.text((random.uniform(2, image.width / 4), top), words, _opposite(ground), _font(size * 0.8))
    return whole


def text(image: Image.Image, random: Random, other: Image.Image) -> Image.Image:
    """Words written across it, one to four times, some of them turned or half transparent."""
    del other
    layer = Image.new("RGBA", image.size)
    for _ in range(random.randint(1, 4)):
        size = image.height * random.uniform(0.06, 0.22)
        place = (random.uniform(-0.1, 0.6) * image.width, random.uniform(0, 0.9) * image.height)
        ImageDraw.Draw(layer).text(
            place,
            _words(random, random.randint(1, 4)),
            (*_colour(random), random.randint(110, 255)),
            _font(size),
            stroke_width=random.choice([0, 0, 1, 2]),
            stroke_fill=(*_colour(random), 255),
        )
    if random.random() < 0.4:
        layer = layer.rotate(random.uniform(-50, 50))
    return _laid_on(image, layer, (0, 0))


def _laid_on(image: Image.Image, layer: Image.Image, place: tuple[int, int]) -> Image.Image:
    result = image.copy()
    result.paste(layer, place, layer)
    return result


def emoji(image: Image.Image, random: Random, other: Image.Image) -> Image.Image:
    """Round faces, stars and blobs of bright colours, 1 to 5 of them, of a tenth to the half of the height."""
    del other
    for _ in range(random.randint(1, 5)):
        side = round(min(image.size) * random.uniform(0.1, 0.5)) + 6
        sign = random.choice([_face, _star, _blob])(side, random)
        turned = sign.rotate(random.uniform(-40, 40))
        place = (
            random.randint(-side // 4, max(0, image.width - side // 2)),
            random.randint(-side // 4, max(0, image.height - side // 2)),
        )
        image = _laid_on(image, turned, place)
    return image


def _bright(random: Random) -> _Colour:
    return random.choice([(255, 204, 50), (235, 60, 70), (60, 150, 240), (90, 190, 90), _colour(random)])


def _face(side: int, random: Random) -> Image.Image:
    sign = Image.new("RGBA", (side, side))
    draw = ImageDraw.Draw(sign)
    skin, dark = _bright(random), (60, 40, 20)
    draw.ellipse((1, 1, side - 2, side - 2), skin)
    eye = side * random.uniform(0.06, 0.12)
    for x in (0.33, 0.67):
        draw.ellipse((x * side - eye, 0.36 * side - eye, x * side + eye, 0.36 * side + eye), dark)
    start = random.choice([0, 180])
    box = (0.25 * side, 0.4 * side, 0.75 * side, 0.8 * side)
    draw.chord(box, start, start + 180, dark) if random.random() < 0.5 else draw.arc(box, start, start + 180, dark, 3)
    return sign


def _star(side: int, random: Random) -> Image.Image:
    points, inner = random.randint(4, 9), random.uniform(0.35, 0.7)
    sign = Image.new("RGBA", (side, side))
    corners = []
    for index in range(2 * points):
        radius = side / 2 * (inner if index % 2 else 0.95)
        angle = math.pi * index / points
        corners.append((side / 2 + radius * math.sin(angle), side / 2 - radius * math.cos(angle)))
    ImageDraw.Draw(sign).polygon(corners, _bright(random), outline=(40, 40, 40))
    return sign


def _blob(side: int, random: Random) -> Image.Image:
    sign = Image.new("RGBA", (side, side))
    draw = ImageDraw.Draw(sign)
    colour = _bright(random)
    for _ in range(random.randint(2, 5)):
        radius = side * random.uniform(0.15, 0.3)
        x, y = random.uniform(radius, side - radius), random.uniform(radius, side - radius)
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), colour)
    return sign


def paste_into(image: Image.Image, random: Random, other: Image.Image) -> Image.Image:
    """Laid on another picture, of which it covers 15 to 60 %, somewhere."""
    width, height = image.size
    ground = other.resize((width, height), Image.Resampling.BILINEAR)
    scale = math.sqrt(random.uniform(0.15, 0.6))
    small = image.resize((max(8, round(width * scale)), max(8, round(height * scale))), Image.Resampling.BILINEAR)
    place = (random.randint(0, width - small.width), random.randint(0, height - small.height))
    ground.paste(small, place)
    return ground


def paste_onto(image: Image.Image, random: Random, other: Image.Image) -> Image.Image:
    """Another picture laid on it, which covers 4 to 30 %; half transparent at times."""
    scale = math.sqrt(random.uniform(0.04, 0.3))
    size = (max(4, round(image.width * scale)), max(4, round(image.height * scale)))
    small = other.resize(size, Image.Resampling.BILINEAR).convert("RGBA")
    small.putalpha(random.choice([255, 255, random.randint(100, 220)]))
    place = (random.randint(0, image.width - size[0]), random.randint(0, image.height - size[1]))
    return _laid_on(image, small, place)


def collage(image: Image.Image, random: Random, other: Image.Image) -> Image.Image:
    """Beside, above or below another picture, each with half of the frame, a line between them at times."""
    gap = random.choice([0, 0, random.randint(1, 8)])
    across = random.random() < 0.5
    width, height = image.size
    size = (2 * width + gap, height) if across else (width, 2 * height + gap)
    whole = Image.new("RGB", size, _colour(random))
    places = [(0, 0), (width + gap, 0) if across else (0, height + gap)]
    random.shuffle(places)
    whole.paste(image, places[0])
    whole.paste(other.resize(image.size, Image.Resampling.BILINEAR), places[1])
    return whole


def screenshot(image: Image.Image, random: Random, other: Image.Image) -> Image.Image:
    """Shown by an app: bars with buttons above and below, space around, lines of text, another picture's strip."""
    ground = random.choice([(255, 255, 255), (18, 18, 20), (240, 242, 245), _colour(random)])
    ink = _opposite(ground)
    width, height = image.size
    margin, bar = round(width * random.uniform(0, 0.15)), round(height * random.uniform(0.06, 0.15)) + 4
    text_height = round(height * random.uniform(0, 0.4))
    whole = Image.new("RGB", (width + 2 * margin, height + 2 * bar + text_height), ground)
    draw = ImageDraw.Draw(whole)
    draw.rectangle((0, 0, whole.width, bar - 2), fill=random.choice([ground, _bright(random)]))
    draw.text((margin + 3, bar * 0.15), _words(random, 2), ink, _font(bar * 0.5))
    for index in range(random.randint(2, 5)):
        x = whole.width - (index + 1) * bar * 0.9
        draw.ellipse((x, bar * 0.25, x + bar * 0.5, bar * 0.75), fill=random.choice([ink, _bright(random)]))
    whole.paste(image, (margin, bar))
    line = max(6, bar // 2)
    for index in range(text_height // (line + 3)):
        words = _words(random, random.randint(2, 6))
        draw.text((margin + 3, bar + height + 2 + index * (line + 3)), words, ink, _font(line * 0.8))
    if random.random() < 0.4:
        whole.paste(other.resize((whole.width, bar)), (0, whole.height - bar))
    else:
        draw.rectangle((0, whole.height - bar, whole.width, whole.height), fill=_bright(random))
    return whole


# What covers most of the frame with something else is the hardest to see through, so it comes more often.
OVERLAYS = (border, caption, collage, text, emoji, paste_into, paste_into, paste_into, paste_onto, screenshot)
