"""Builds the pictures that people upload, and those that only an attacker would: real files, made when a test runs.

The pictures of `quarters` show four colours, so that a test can see which way up one is and what was cut off.
"""

import io
import struct
import zlib
from typing import Any

import pillow_heif
from PIL import Image, ImageCms, ImageDraw

RED, GREEN, BLUE, YELLOW = (220, 30, 30), (30, 170, 60), (30, 60, 200), (240, 210, 40)

pillow_heif.register_heif_opener()


def quarters(width: int = 800, height: int = 800) -> Image.Image:
    """Red and green above, blue and yellow below."""
    image = Image.new("RGB", (width, height), YELLOW)
    image.paste(RED, (0, 0, width // 2, height // 2))
    image.paste(GREEN, (width // 2, 0, width, height // 2))
    image.paste(BLUE, (0, height // 2, width // 2, height))
    return image


def encode(image: Image.Image, media: str, **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, media, **options)
    return file.getvalue()


def jpeg(width: int = 800, height: int = 800, **options: Any) -> bytes:
    return encode(quarters(width, height), "JPEG", quality=95, **options)


def png(width: int = 800, height: int = 800) -> bytes:
    return encode(quarters(width, height), "PNG")


def webp() -> bytes:
    return encode(quarters(), "WEBP", quality=95)


def heic() -> bytes:
    return encode(quarters(), "HEIF", quality=95)


def heic_from_a_phone() -> bytes:
    """
    Held sideways: the container says how to turn the pixels, and EXIF says it once more, for those who ignore that.

    Pillow-heif writes the turn (`irot`) for the orientation that it is given, as a phone does.
    """
    return encode(turned(6), "HEIF", quality=95, exif=exif(orientation=6).tobytes())


def exif(*, orientation: int = 1) -> Image.Exif:
    """As a phone writes it: how it was held, whose it is, and where its owner stood."""
    data = Image.Exif()
    data[0x0112] = orientation
    data[0x010F] = "Analytical Engines"
    data[0x013B] = "Ada Lovelace"
    position = data.get_ifd(0x8825)
    position[1], position[2] = "N", (51.0, 30.0, 26.0)
    position[3], position[4] = "W", (0.0, 7.0, 39.0)
    return data


def turned(orientation: int) -> Image.Image:
    """The pixels as the sensor gives them when EXIF has to say `orientation` for `quarters` to be seen."""
    undo = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    return quarters().transpose(undo[orientation]) if orientation in undo else quarters()


def jpeg_from_a_phone(orientation: int = 6) -> bytes:
    """All that a phone and its editors put beside the pixels: EXIF with a position, XMP, a profile, a comment."""
    return encode(
        turned(orientation), "JPEG", quality=95, exif=exif(orientation=orientation), xmp=XMP,
        icc_profile=srgb(), comment=b"at home, 12 St James's Square",
    )  # fmt: skip


XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><dc:creator>Ada Lovelace</dc:creator></x:xmpmeta>'


def srgb() -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def png_with_metadata() -> bytes:
    return _insert_chunks(
        encode(quarters(), "PNG", exif=exif(), icc_profile=srgb()), _chunk(b"tEXt", b"Author\0Ada Lovelace")
    )


def webp_with_metadata() -> bytes:
    return encode(quarters(), "WEBP", exif=exif(), xmp=XMP, icc_profile=srgb())


def gif_with_metadata() -> bytes:
    return encode(quarters(), "GIF", comment=b"Ada Lovelace")


def png_with_palette(**options: Any) -> bytes:
    return encode(quarters().quantize(16), "PNG", **options)


def transparent_png() -> bytes:
    """Red in a round hole, nothing around it."""
    image = Image.new("RGBA", (600, 600), (0, 0, 0, 0))
    ImageDraw.Draw(image).ellipse((100, 100, 500, 500), (*RED, 255))
    return encode(image, "PNG")


def transparent_png_with_palette() -> bytes:
    """Index 0 is transparent: the left half."""
    image = Image.new("P", (600, 600), 0)
    image.putpalette([0, 0, 0, *RED])
    ImageDraw.Draw(image).rectangle((300, 0, 600, 600), 1)
    return encode(image, "PNG", transparency=0)


def png_with_transparent_colour() -> bytes:
    """The left half is of the one colour (`tRNS`) that means nothing is there."""
    image = Image.new("RGB", (600, 600), RED)
    ImageDraw.Draw(image).rectangle((0, 0, 299, 600), (1, 2, 3))
    return encode(image, "PNG", transparency=(1, 2, 3))


def grey_png_of_16_bits() -> bytes:
    """From black on the left to white on the right."""
    row = b"".join(struct.pack("<H", step * 65535 // 599) for step in range(600))
    return encode(Image.frombytes("I;16", (600, 600), row * 600), "PNG")


def black_and_white_png() -> bytes:
    return encode(quarters().convert("1"), "PNG")


def animated_gif() -> bytes:
    """Red first, then green, then blue."""
    first, *others = (Image.new("RGB", (300, 300), colour) for colour in (RED, GREEN, BLUE))
    return encode(first, "GIF", save_all=True, append_images=others, duration=100)


def cmyk_jpeg() -> bytes:
    return encode(quarters().convert("CMYK"), "JPEG", quality=95)


def grey_jpeg() -> bytes:
    return encode(quarters().convert("L"), "JPEG", quality=95)


def multi_picture_jpeg() -> bytes:
    """What some phones take: a JPEG with a second one behind it (MPO)."""
    return encode(quarters(), "MPO", save_all=True, append_images=[Image.new("RGB", (800, 800), BLUE)])


def jpeg_in_swapped_colours() -> bytes:
    """A red picture whose profile calls the channels otherwise: what is stored as red is green."""
    profile = bytearray(srgb())
    red, green = profile.index(b"rXYZ"), profile.index(b"gXYZ")
    profile[red : red + 4], profile[green : green + 4] = b"gXYZ", b"rXYZ"
    return encode(Image.new("RGB", (600, 600), (255, 0, 0)), "JPEG", quality=95, icc_profile=bytes(profile))


def jpeg_with_junk_for_metadata() -> bytes:
    """EXIF that is none and a colour profile that is none, around a good picture."""
    return encode(quarters(), "JPEG", quality=95, exif=b"Exif\0\0" + bytes(40), icc_profile=b"no profile at all")


def png_with_junk_for_metadata() -> bytes:
    return _insert_chunks(png(), _chunk(b"eXIf", b"no EXIF at all"))


def bomb() -> bytes:
    """81 megapixels in 10 KB."""
    return flat_png(9000, 9000)


def flat_png(width: int, height: int) -> bytes:
    """One colour, one bit a pixel, made without holding its pixels."""
    row = bytes(1 + (width + 7) // 8)
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    body = zlib.compress(row * height, 9)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", body) + _chunk(b"IEND", b"")


def png_with_inflating_text() -> bytes:
    """A small picture whose comments unpack to 60 times 1 MB."""
    text = _chunk(b"zTXt", b"Comment\0\0" + zlib.compress(b"x" * (2**20 - 1), 9))
    return _insert_chunks(png(), text * 60)


def jpeg_of_many_scans(scans: int = 2000) -> bytes:
    """25 megapixels in 230 KB whose last pass over all pixels, which changes none, is said again and again."""
    picture = encode(Image.new("L", (5000, 5000)), "JPEG", progressive=True)
    last = picture.rindex(b"\xff\xc4", 0, picture.rindex(b"\xff\xda"))
    return picture[:-2] + picture[last:-2] * scans + b"\xff\xd9"


def jpeg_of_many_segments() -> bytes:
    """A million empty segments before a small picture."""
    picture = jpeg(16, 16)
    return picture[:2] + b"\xff\xe5\x00\x02" * 1_000_000 + picture[2:]


def gif_of_many_comments() -> bytes:
    """A million comments of one letter before a small picture."""
    picture = encode(Image.new("P", (16, 16)), "GIF")
    start = 13 + (3 << ((picture[10] & 7) + 1) if picture[10] & 0x80 else 0)
    return picture[:start] + b"\x21\xfe\x01x\x00" * 1_000_000 + picture[start:]


def heic_that_understates_its_size() -> bytes:
    """Says 200 × 200 and unpacks to 9 megapixels, 40 MB."""
    picture = bytearray(encode(Image.new("RGB", (3000, 3000)), "HEIF"))
    size = picture.index(b"ispe") + 8
    picture[size : size + 8] = struct.pack(">II", 200, 200)
    return bytes(picture)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _insert_chunks(picture: bytes, chunks: bytes) -> bytes:
    """Right behind the header chunk of a PNG."""
    return picture[:33] + chunks + picture[33:]


SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><script>alert(1)</script></svg>'
HTML = b"<!doctype html><script>alert(1)</script>"


def jpeg_and_html() -> bytes:
    """A good picture with a page in its comment and another one behind its end."""
    return jpeg(comment=HTML) + HTML


def gif_and_script() -> bytes:
    """A script that begins like a GIF, and is none."""
    return b"GIF89a/*" + bytes(20) + b"*/=1;alert(1);"
