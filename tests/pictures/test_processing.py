"""An uploaded picture made safe, and the default avatar, without HTTP."""

import io
import re
import subprocess
import sys
import threading
import time
import unicodedata
from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote
from xml.etree import ElementTree

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image

from project.errors import NotFound, UnusablePicture
from project.pictures import avatars, processing
from tests import images

LEFT, RIGHT, TOP, BOTTOM = 60, 450, 60, 450
CORNERS = [(LEFT, TOP), (RIGHT, TOP), (LEFT, BOTTOM), (RIGHT, BOTTOM)]
QUARTERS = [images.RED, images.GREEN, images.BLUE, images.YELLOW]
Builder = Callable[[], bytes]


def safe(upload: bytes) -> Image.Image:
    """The safe picture, opened, after the checks that hold for every one."""
    result = processing.make_safe(upload)
    image = Image.open(io.BytesIO(result))
    assert (image.format, image.size) == ("WEBP", (512, 512))
    assert not {"EXIF", "XMP ", "ICCP", "ANIM", "ANMF"} & {*parts_of_webp(result)}
    return image


def parts_of_webp(picture: bytes) -> list[str]:
    """The names of the chunks of a RIFF container, whose lengths must add up to the file's."""
    assert picture[:4] + picture[8:12] == b"RIFFWEBP"
    assert int.from_bytes(picture[4:8], "little") == len(picture) - 8
    parts, position = [], 12
    while position < len(picture):
        parts.append(picture[position : position + 4].decode("ascii"))
        length = int.from_bytes(picture[position + 4 : position + 8], "little")
        position += 8 + length + length % 2
    assert position == len(picture)
    return parts


def colours(image: Image.Image) -> list[tuple[int, ...]]:
    """What is seen near the four corners."""
    return [pixel(image, *corner) for corner in CORNERS]


def pixel(image: Image.Image, x: int, y: int) -> tuple[int, ...]:
    value = image.getpixel((x, y))
    assert isinstance(value, tuple)
    return tuple(map(int, value))


def alike(seen: list[tuple[int, ...]], expected: list[tuple[int, int, int]]) -> bool:
    """But for what two lossy encodings change, and for alpha."""
    pairs = zip(seen, expected, strict=True)
    return all(abs(a - b) <= 12 for one, other in pairs for a, b in zip(one[:3], other, strict=True))


def refusal(upload: bytes) -> str:
    with pytest.raises(UnusablePicture) as error:
        processing.make_safe(upload)
    return str(error.value)


def large_photo() -> bytes:
    return images.jpeg(5000, 5000)


ATTACKS = [
    images.bomb,
    images.png_with_inflating_text,
    images.jpeg_of_many_scans,
    images.jpeg_of_many_segments,
    images.gif_of_many_comments,
    images.heic_that_understates_its_size,
]
MEASURE = """
import re, sys, time
from pathlib import Path
from project.pictures import processing

def peak():
    return int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) / 1024

for file in map(Path, sys.argv[1:]):
    upload, before, start = file.read_bytes(), peak(), time.perf_counter()
    try:
        outcome = processing.make_safe(upload)
    except Exception as error:
        outcome = error
    print(file.name, type(outcome).__name__, time.perf_counter() - start, peak() - before)
"""
Measurement = tuple[str, float, float]


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Measurement]:
    """What a process of its own made of each: the outcome, the seconds, and by how many MiB its peak rose."""
    if not Path("/proc/self/status").exists():
        pytest.skip("memory is measured as Linux tells it")
    folder = tmp_path_factory.mktemp("uploads")
    for build in (*ATTACKS, large_photo):
        (folder / build.__name__).write_bytes(build())
    command = [sys.executable, "-c", MEASURE, *(str(folder / build.__name__) for build in (*ATTACKS, large_photo))]
    lines = subprocess.run(command, capture_output=True, check=True, text=True).stdout.splitlines()  # noqa: S603
    rows = (line.split() for line in lines)
    return {name: (outcome, float(seconds), float(mebibytes)) for name, outcome, seconds, mebibytes in rows}


class TestEveryFormat:
    @pytest.mark.parametrize(
        "build",
        [
            images.jpeg,
            images.png,
            images.webp,
            images.heic,
            images.png_with_palette,
            images.cmyk_jpeg,
            images.multi_picture_jpeg,
            images.jpeg_with_junk_for_metadata,
            images.png_with_junk_for_metadata,
        ],
    )
    @pytest.mark.filterwarnings("default:Truncated File Read:UserWarning")
    def test_it_becomes_a_webp_square_that_shows_the_same(self, build: Builder) -> None:
        assert alike(colours(safe(build())), QUARTERS)

    def test_of_an_animation_the_first_picture_is_taken(self) -> None:
        assert alike(colours(safe(images.animated_gif())), [images.RED] * 4)

    def test_grey_stays_grey(self) -> None:
        greys = [(87,) * 3, (116,) * 3, (68,) * 3, (200,) * 3]
        assert alike(colours(safe(images.grey_jpeg())), greys)

    def test_grey_of_16_bits_keeps_its_shades(self) -> None:
        image = safe(images.grey_png_of_16_bits())
        seen = [pixel(image, x, 256)[0] for x in (0, 128, 256, 384, 511)]
        assert all(abs(shade - 255 * x / 511) < 8 for shade, x in zip(seen, (0, 128, 256, 384, 511), strict=True))

    def test_black_and_white_is_scaled_without_jags(self) -> None:
        shades = safe(images.black_and_white_png()).convert("L").getcolors()
        assert shades is not None
        assert len(shades) > 20

    def test_a_small_picture_is_enlarged(self) -> None:
        assert alike(colours(safe(images.jpeg(16, 16))), QUARTERS)

    @pytest.mark.parametrize(("width", "height"), [(1, 1), (1, 3000), (3000, 1), (511, 513)])
    def test_any_shape_becomes_a_square(self, width: int, height: int) -> None:
        safe(images.png(width, height))

    @pytest.mark.parametrize(("width", "height"), [(2400, 800), (800, 2400)])
    def test_the_centre_is_kept_and_the_rest_cut_off(self, width: int, height: int) -> None:
        picture = Image.new("RGB", (width, height), (0, 0, 0))
        picture.paste(images.quarters(), ((width - 800) // 2, (height - 800) // 2))
        image = safe(images.encode(picture, "JPEG", quality=95))
        assert alike([pixel(image, *at) for at in ((8, 8), (503, 8), (8, 503), (503, 503))], QUARTERS)


class TestTransparency:
    def test_it_is_kept(self) -> None:
        image = safe(images.transparent_png())
        assert [pixel(image, *corner)[3] for corner in CORNERS] == [0, 0, 0, 0]
        assert alike([pixel(image, 256, 256)], [images.RED])
        assert pixel(image, 256, 256)[3] == 255

    @pytest.mark.parametrize("build", [images.transparent_png_with_palette, images.png_with_transparent_colour])
    def test_a_transparent_colour_counts_as_well(self, build: Builder) -> None:
        image = safe(build())
        assert pixel(image, LEFT, TOP)[3] == 0
        assert alike([pixel(image, RIGHT, TOP)], [images.RED])

    @pytest.mark.parametrize("build", [images.transparent_png, images.png_with_transparent_colour])
    def test_the_edge_takes_no_colour_from_what_is_transparent(self, build: Builder) -> None:
        """A black that nobody sees would else show as a dark rim."""
        image = safe(build())
        row = [pixel(image, x, 256) for x in range(512)]
        assert all(red > 180 for red, _, _, alpha in row if alpha > 100)


class TestOrientation:
    @pytest.mark.parametrize("orientation", range(1, 9))
    def test_it_is_turned_upright_by_exif(self, orientation: int) -> None:
        assert alike(colours(safe(images.jpeg_from_a_phone(orientation))), QUARTERS)

    def test_a_phones_heic_is_turned_once(self) -> None:
        """Its container and its EXIF both say how; pixels on the tape differ from what is shown."""
        assert alike(colours(safe(images.heic_from_a_phone())), QUARTERS)

    @pytest.mark.parametrize("orientation", [0, 9, 65535])
    def test_an_orientation_that_does_not_exist_turns_nothing(self, orientation: int) -> None:
        upload = images.encode(images.quarters(), "JPEG", quality=95, exif=images.exif(orientation=orientation))
        assert alike(colours(safe(upload)), QUARTERS)

    @pytest.mark.parametrize(
        ("kind", "value"),
        [(1, b"\6"), (2, b"X\0"), (7, b"\6"), (11, b"\x7f\xc0"), (11, b"\x7f\x80")],
    )
    def test_an_orientation_of_another_type_turns_nothing(self, kind: int, value: bytes) -> None:
        """A BYTE, an ASCII, an UNDEFINED, and FLOATs that are no number and infinite."""
        tag = b"\x01\x12" + kind.to_bytes(2) + (1).to_bytes(4) + value.ljust(4, b"\0")
        exif = b"Exif\0\0MM\0*\0\0\0\x08\0\x01" + tag + bytes(4)
        upload = images.encode(images.quarters(), "JPEG", quality=95, exif=exif)
        assert alike(colours(safe(upload)), QUARTERS)


class TestMetadata:
    @pytest.mark.parametrize(
        "build",
        [
            images.jpeg_from_a_phone,
            images.heic_from_a_phone,
            images.png_with_metadata,
            images.webp_with_metadata,
            images.gif_with_metadata,
            images.jpeg_and_html,
        ],
    )
    def test_nothing_but_the_pixels_is_left(self, build: Builder) -> None:
        upload = build()
        told = [word for word in (b"Ada Lovelace", b"Analytical Engines", b"<script>") if word in upload]
        assert told
        result = processing.make_safe(upload)
        assert parts_of_webp(result) == ["VP8 "]
        assert not any(word in result for word in told)

    def test_the_phone_of_these_tests_does_tell_where_it_was(self) -> None:
        """The test above would mean little if it did not."""
        upload = Image.open(io.BytesIO(images.jpeg_from_a_phone()))
        assert upload.getexif().get_ifd(0x8825)[2] == (51.0, 30.0, 26.0)
        assert {"icc_profile", "xmp", "comment"} <= {*upload.info}

    def test_colours_are_converted_before_their_profile_is_dropped(self) -> None:
        assert alike(colours(safe(images.jpeg_in_swapped_colours())), [(0, 255, 0)] * 4)

    def test_a_profile_for_other_pixels_is_ignored(self) -> None:
        upload = images.encode(images.quarters().convert("CMYK"), "JPEG", quality=95, icc_profile=images.srgb())
        assert alike(colours(safe(upload)), QUARTERS)


class TestLimits:
    def test_25_megapixels_are_taken(self) -> None:
        safe(images.flat_png(5000, 5000))

    def test_one_row_more_is_refused(self) -> None:
        assert refusal(images.flat_png(5000, 5001)) == "The picture has more than 25 megapixels."

    def test_5_mib_are_taken(self) -> None:
        safe(images.jpeg().ljust(5 * 2**20, b"\0"))

    def test_one_byte_more_is_refused(self) -> None:
        assert refusal(images.jpeg().ljust(5 * 2**20 + 1, b"\0")) == "The picture is larger than 5 MiB."

    def test_a_progressive_jpeg_is_taken(self) -> None:
        assert alike(colours(safe(images.jpeg(progressive=True))), QUARTERS)

    @pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
    def test_the_limit_does_not_depend_on_how_warnings_are_filtered(self) -> None:
        assert refusal(images.flat_png(5000, 5001)) == "The picture has more than 25 megapixels."

    def test_only_scans_of_the_picture_itself_count(self) -> None:
        """Not the bytes of its metadata, nor a film or a second picture behind it, as phones put there."""
        marks = b"\xff\xda" * 100
        safe(images.jpeg(comment=marks) + marks + images.jpeg_of_many_scans())

    @pytest.mark.parametrize(
        "decoy",
        [
            b"\xff\xfe\x00\x04\xff\xd9",
            b"\xff\x01",
            b"\xff\xff\xff\x01",
            b"\xff\xd0",
            b"\xff\xfe\x00\x02",
            b"\xff\xfe\0\0",
        ],
    )
    def test_scans_cannot_hide_behind_odd_segments(self, decoy: bytes) -> None:
        upload = images.jpeg_of_many_scans(100)
        second = upload.index(b"\xff\xc4", upload.index(b"\xff\xda"))
        assert refusal(upload[:second] + decoy + upload[second:]) == "The picture is made of too many parts."


class TestUnusable:
    @pytest.mark.parametrize(
        "upload",
        [
            b"",
            b"\0",
            b"picture",
            images.SVG,
            images.HTML,
            images.gif_and_script(),
            b"\xff\xd8\xff\xe0" + images.HTML,
            b"\x89PNG\r\n\x1a\n" + images.SVG,
            b"GIF89a",
            b"RIFF\x24\0\0\0WEBPVP8 ",
            b"\0\0\0\x18ftypheic",
            b"%PDF-1.7",
            b"PK\x03\x04",
        ],
    )
    def test_what_is_no_picture_is_refused(self, upload: bytes) -> None:
        assert refusal(upload) == "The file cannot be read as a JPEG, PNG, WebP, GIF or HEIC picture."

    @pytest.mark.parametrize("media", ["BMP", "TIFF", "ICO", "PPM", "TGA", "PCX", "DDS", "JPEG2000", "AVIF", "PDF"])
    def test_other_formats_are_refused(self, media: str) -> None:
        refusal(images.encode(images.quarters(64, 64), media))

    @pytest.mark.parametrize("build", [images.jpeg, images.png, images.webp, images.heic, images.gif_with_metadata])
    @pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
    def test_a_truncated_picture_is_refused(self, build: Builder, share: float) -> None:
        upload = build()
        refusal(upload[: int(share * len(upload))])

    @given(st.data())
    @settings(max_examples=80, deadline=None)
    def test_no_damage_leads_to_anything_but_a_picture_or_a_refusal(self, data: st.DataObject) -> None:
        upload = bytearray(data.draw(st.sampled_from(SMALL)))
        for position in data.draw(st.lists(st.integers(0, len(upload) - 1), min_size=1, max_size=20)):
            upload[position] = data.draw(st.integers(0, 255))
        try:
            safe(bytes(upload))
        except UnusablePicture as error:
            assert str(error)  # noqa: PT017 - both outcomes are right

    @pytest.mark.parametrize("attack", [build.__name__ for build in ATTACKS])
    def test_an_attack_is_refused_at_once_and_costs_no_memory(
        self, measured: dict[str, Measurement], attack: str
    ) -> None:
        outcome, seconds, mebibytes = measured[attack]
        assert outcome == "UnusablePicture"
        assert seconds < 1
        assert mebibytes < 20

    def test_a_large_photo_is_never_decoded_at_its_full_size(self, measured: dict[str, Measurement]) -> None:
        outcome, _, mebibytes = measured["large_photo"]
        assert outcome == "bytes"
        assert mebibytes < 30

    def test_many_at_once_are_all_made(self) -> None:
        uploads = [images.jpeg_from_a_phone(), images.transparent_png(), images.heic(), images.bomb()] * 2
        results: dict[int, object] = {}

        def upload(number: int) -> None:
            try:
                results[number] = processing.make_safe(uploads[number])
            except UnusablePicture as error:
                results[number] = str(error)

        threads = [threading.Thread(target=upload, args=(number,)) for number in range(len(uploads))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert [results[number] for number in range(4)] == [results[number] for number in range(4, 8)]
        assert results[3] == "The picture has more than 25 megapixels."


SMALL = [
    images.encode(images.quarters(40, 40), media, **({"progressive": True} if media == "JPEG" else {}))
    for media in ("JPEG", "PNG", "WEBP", "GIF", "HEIF")
]


class TestInitials:
    @pytest.mark.parametrize(
        ("name", "expected"),
        [
            ("Ada Lovelace", "AL"),
            ("ada", "A"),
            ("ada.lovelace_1815", "A1"),
            ("Johann Sebastian Bach", "JB"),
            ("  grace   hopper ", "GH"),
            ("Олена Пчілка", "ОП"),
            ("علي الطوسي", "عا"),
            ("李清照", "李"),
            ("हिन्दी लेखक", "हिले"),
            ("ßiegfried Łukasz", "SŁ"),
            ("e\u0301milie", "É"),
            ("z\u0301\u0302\u0303\u0304\u0305", "Ź\u0302\u0303"),
            ("🙂 Ada", "A"),
            ("თამარ", "თ"),
            ("---", "?"),
            ("\u0301", "?"),
            ("", "?"),
        ],
    )
    def test_they_are_the_first_letters_of_the_first_and_the_last_word(self, name: str, expected: str) -> None:
        assert avatars.initials(name) == unicodedata.normalize("NFC", expected)


class TestDefaultAvatar:
    @given(st.text(st.characters(exclude_categories=["Cs"])))
    @example("ﬁ \u0958")
    @example("İ ŉ")
    @example("\u1112\u1161\u11ab \u1100\u1161")
    def test_every_name_has_one_whose_path_draws_it(self, name: str) -> None:
        path = avatars.default_avatar_path(name)
        part = re.fullmatch(r"/avatars/([A-Za-z0-9_.~%-]{3,60})\.svg", path)
        assert part
        assert drawn_text(avatars.default_avatar(unquote(part[1]))) == avatars.initials(name)

    def test_the_path_is_the_same_on_every_server(self) -> None:
        assert avatars.default_avatar_path("Ada Lovelace") == "/avatars/AL-1.svg"
        assert avatars.default_avatar_path("ADA LOVELACE") == "/avatars/AL-1.svg"

    def test_people_differ_in_colour(self) -> None:
        paths = {avatars.default_avatar_path(f"Ada Lovelace {number}")[-6:-4] for number in range(200)}
        assert len(paths) == len(avatars.COLOURS)

    @pytest.mark.parametrize("colour", avatars.COLOURS)
    def test_white_letters_can_be_read_on_every_colour(self, colour: str) -> None:
        """A contrast of 4.5 : 1 (WCAG 2.2, 1.4.3)."""
        assert 1.05 / (luminance(colour) + 0.05) >= 4.5

    @pytest.mark.parametrize(
        "part",
        [
            "", "-", "AL", "-1", "AL-", "AL-12", "AL--1", "AL-01", "AL-٣", "AL-1\n", "ABC-1", "A B-1", "<b>-1", "&-1",
            '"-1', "\u0301-1", "A\u0301-1", "A\u0305\u0305\u0305-1", "🙂-1", "??-1", "../AL-1", "AL-1.svg", "A\0-1",
        ],
    )  # fmt: skip
    def test_other_paths_draw_nothing(self, part: str) -> None:
        with pytest.raises(NotFound):
            avatars.default_avatar(part)

    def test_it_is_a_picture_with_a_name_and_without_anything_active(self) -> None:
        svg = avatars.default_avatar("AL-3")
        root = ElementTree.fromstring(svg)  # noqa: S314 - our own
        assert root.attrib["role"] == "img"
        assert [element.tag.partition("}")[2] for element in root] == ["title", "rect", "text"]
        assert avatars.COLOURS[3] in svg
        assert not re.search("script|style|href|url|on[a-z]+=", svg)


def drawn_text(svg: str) -> str | None:
    return ElementTree.fromstring(svg).findtext("{http://www.w3.org/2000/svg}text")  # noqa: S314 - our own


def luminance(colour: str) -> float:
    """Relative luminance as WCAG defines it."""
    linear = [channel_of(colour[start : start + 2]) for start in (1, 3, 5)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def channel_of(pair: str) -> float:
    value = int(pair, 16) / 255
    return value / 12.92 if value <= 0.04045 else float(((value + 0.055) / 1.055) ** 2.4)


def test_a_refusal_takes_no_turn_from_the_next() -> None:
    """The lock under which pictures are decoded is free again, whatever happened."""
    start = time.monotonic()
    for upload in (images.bomb(), images.HTML, images.jpeg_of_many_segments()):
        refusal(upload)
    safe(images.jpeg())
    assert time.monotonic() - start < 5
