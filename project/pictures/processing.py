"""Make an uploaded picture safe before anything else sees it.

Pillow is used only here, so the limits set here hold everywhere.
"""

import hashlib
import io
import re
import threading
import warnings
from typing import Final

import pillow_heif
from PIL import ExifTags, Image, ImageCms, ImageFile, ImageOps, PngImagePlugin

from project.errors import UnusablePicture

MEDIA_TYPE: Final = "image/webp"
EDGE: Final = 512
MAX_BYTES: Final = 5 * 2**20
MAX_PIXELS: Final = 25_000_000
MAX_SCANS: Final = 32  # cameras and editors write 10; each costs a pass over all pixels, and an empty one has 10 bytes
MAX_READS: Final = 50_000  # a normal file of 5 MiB needs some thousands; a million empty segments take minutes

TOO_MANY_PIXELS: Final = "The picture has more than 25 megapixels."
TOO_MANY_PARTS: Final = "The picture is made of too many parts."

FORMATS: Final = ("JPEG", "PNG", "WEBP", "GIF", "HEIF")

Image.MAX_IMAGE_PIXELS = MAX_PIXELS
ImageFile.LOAD_TRUNCATED_IMAGES = False
PngImagePlugin.MAX_TEXT_MEMORY = PngImagePlugin.MAX_TEXT_CHUNK
warnings.filterwarnings("error", category=Image.DecompressionBombWarning)
pillow_heif.register_heif_opener(thumbnails=False, depth_images=False, aux_images=False)

TURNS: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
JPEG_MARKER = re.compile(rb"\xff+([^\x00\x01\xff\xd0-\xd7])", re.DOTALL)  # those with a segment, and the end
SOI, COMMENT = b"\xff\xd8", b"\xff\xfe"
MARK = re.compile(SOI + COMMENT + rb"..contacts ([0-9a-f]{16}) ([0-9a-f]{16})", re.DOTALL)
one_at_a_time = threading.Lock()  # 25 megapixels take up to 400 MB while they are decoded


def make_safe(upload: bytes) -> bytes:
    """
    Convert an upload to an upright WebP square of 512 pixels in sRGB, without metadata.

    Its format is detected from its content: JPEG, PNG, WebP, HEIC, or the first frame of a GIF; at most 5 MiB and
    25 megapixels, which is checked before decoding. Transparency is kept, smaller pictures are enlarged.
    Raises UnusablePicture for anything else.
    """
    if len(upload) > MAX_BYTES:
        raise UnusablePicture("The picture is larger than 5 MiB.")
    with one_at_a_time:
        try:
            return encode(in_srgb(squared(open_image(upload))))
        except UnusablePicture:
            raise
        except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
            raise UnusablePicture(TOO_MANY_PIXELS) from error
        except Exception as error:  # decoders raise anything, even MemoryError
            raise UnusablePicture("The file cannot be read as a JPEG, PNG, WebP, GIF or HEIC picture.") from error


def as_jpeg(picture: bytes) -> bytes:
    """A stored picture as a JPEG, which every address book can show; the same picture gives the same bytes.

    Its comment tells which picture it was made of, so that `picture_of` recognises it.
    """
    image: Image.Image = Image.open(io.BytesIO(picture), formats=("WEBP", "JPEG"))
    if image.mode != "RGB":
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image.convert("RGBA"))
    file = io.BytesIO()
    image.convert("RGB").save(file, "JPEG", quality=90)
    return marked(file.getvalue(), picture)


def picture_of(jpeg: bytes) -> str | None:
    """The digest of the stored picture that a JPEG was made of by `as_jpeg`; None for any other JPEG."""
    match = MARK.match(jpeg)
    if match and match[2].decode() == digest(jpeg[: len(SOI)] + jpeg[match.end() :]):
        return match[1].decode()
    return None


def digest(picture: bytes) -> str:
    """A digest that identifies a picture."""
    return hashlib.sha256(picture).hexdigest()[:16]


def marked(jpeg: bytes, picture: bytes) -> bytes:
    comment = f"contacts {digest(picture)} {digest(jpeg)}".encode()
    return SOI + COMMENT + (len(comment) + 2).to_bytes(2) + comment + jpeg[len(SOI) :]


class Upload(io.BytesIO):
    """A file with a limited number of reads: Pillow would step through a million segments of a few bytes each."""

    reads = 0

    def read(self, size: int | None = -1, /) -> bytes:
        self.reads += 1
        if self.reads > MAX_READS:
            raise UnusablePicture(TOO_MANY_PARTS)
        return super().read(size)


def open_image(upload: bytes) -> Image.Image:
    image = Image.open(Upload(upload), formats=FORMATS)
    if image.width * image.height > MAX_PIXELS:
        raise UnusablePicture(TOO_MANY_PIXELS)
    if image.format in ("JPEG", "MPO") and count_scans(upload) > MAX_SCANS:
        raise UnusablePicture(TOO_MANY_PARTS)
    image.draft("RGB", (EDGE, EDGE))  # decode a JPEG at down to an eighth of its size if that is enough
    return image


def count_scans(jpeg: bytes) -> int:
    scans, position = 0, 2
    while scans <= MAX_SCANS and (marker := JPEG_MARKER.search(jpeg, position)):
        if marker[1] == b"\xd9":
            break
        scans += marker[1] == b"\xda"
        position = marker.end() + int.from_bytes(jpeg[marker.end() : marker.end() + 2])
    return scans


def squared(image: Image.Image) -> Image.Image:
    """Scale before rotating and converting, so that only the decoded picture is ever large."""
    if image.mode == "I;16":  # 16-bit grey, which convert() would clip to white
        image = image.point(lambda grey: grey / 256).convert("L")
    if image.mode not in ("L", "RGB", "RGBA", "CMYK") or "transparency" in image.info:  # these do not scale smoothly
        image = image.convert("RGBA" if image.has_transparency_data else "RGB")
    square = ImageOps.fit(image, (EDGE, EDGE), Image.Resampling.LANCZOS)
    turn = turn_of(image)
    return square if turn is None else square.transpose(turn)


def turn_of(image: Image.Image) -> Image.Transpose | None:
    """How to turn a picture upright. Invalid EXIF and orientations of other types are ignored, as viewers do."""
    try:
        return TURNS.get(image.getexif().get(ExifTags.Base.Orientation, 1))
    except SyntaxError:
        return None


def in_srgb(image: Image.Image) -> Image.Image:
    mode = "RGBA" if image.has_transparency_data else "RGB"
    if not image.info.get("icc_profile"):
        return image.convert(mode)
    try:
        profile = ImageCms.ImageCmsProfile(io.BytesIO(image.info["icc_profile"]))
        return ImageCms.buildTransform(profile, SRGB, image.mode, mode).apply(image)
    except (ImageCms.PyCMSError, OSError):  # a profile that does not match the pixels is ignored
        return image.convert(mode)


def encode(image: Image.Image) -> bytes:
    pixels = Image.frombytes(image.mode, image.size, image.tobytes())  # a new picture, without metadata
    file = io.BytesIO()
    pixels.save(file, "WEBP", quality=85, method=2)  # twice as fast as the default, and 5% larger
    return file.getvalue()
