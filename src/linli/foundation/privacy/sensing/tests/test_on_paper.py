"""The sign and the assessment as PDF."""

import io

import pytest
from pypdf import PdfReader

from linli.foundation.errors import Invalid
from linli.foundation.privacy.sensing.printing import report_pdf, sign_pdf
from linli.foundation.privacy.sensing.queries import shown
from linli.testing import camera_at, gate_at

pytestmark = [pytest.mark.django_db]


@pytest.fixture
def here(world, monday_morning):
    with world.scope():
        yield world


def words_of(pdf: bytes) -> tuple[PdfReader, str]:
    read = PdfReader(io.BytesIO(pdf))
    return read, "".join(page.extract_text() for page in read.pages).replace("\n", "")


@pytest.mark.parametrize(("size", "width"), [("a4", 595), ("a5", 420)])
@pytest.mark.parametrize("content", [camera_at, gate_at])
def test_the_sign_fits_on_one_page_of_its_size_and_says_what_matters(here, size, width, content):
    made = here.put_in_force(content(here.estate, alternative="按呼叫键，值班的人来开门。" * 15))
    read, words = words_of(sign_pdf(made, size=size, address=f"https://x/sensing/{made.code}/", who="主任"))
    assert len(read.pages) == 1
    assert round(float(read.pages[0].mediabox.width)) == width
    for said in (made.responsible, made.responsible_phone, made.code, "按呼叫键", "30 天", made.installer):
        assert said in words
    assert ("不存画面" if made.type == "camera" else "不刷脸一样进门") in words


def test_the_sign_of_a_counter_without_an_eye_speaks_of_no_camera(here):
    counter = camera_at(here.estate, type="people_counter", name="食堂门口的客流计数", zones=(), stored=("entered", "left"),
                        looks_into_no_home=False)  # fmt: skip
    made = here.put_in_force(counter)
    _, words = words_of(sign_pdf(made, size="a4", address=f"https://x/sensing/{made.code}/", who="主任"))
    assert "没有镜头" in words and "摄像头" not in words
    assert "摄像头" not in shown(made).why


def test_no_other_size_is_printed(here):
    with pytest.raises(Invalid):
        sign_pdf(here.put_in_force(camera_at(here.estate)), size="a0", address="x", who="x")


def test_the_assessment_holds_answers_matrix_and_course(here):
    made = here.put_in_force(camera_at(here.estate)).assessment
    _, words = words_of(report_pdf(made, who="主任"))
    for said in (made.number, "写明白了", "只给当班的人看", "批准了", "公共地方的安全", "剩下最高的风险：低"):
        assert said in words
