from hypothesis import assume, given
from hypothesis import strategies as st

from linli.faces.cockpit.projection import ACROSS, DOWN, block, depth, hull, opened, project

metres = st.floats(-1000, 1000, allow_nan=False)
points = st.tuples(metres, metres)


@given(points, metres, metres)
def test_lengths_along_an_axis_keep_their_ratio_wherever_they_are(start, east, north):
    x, y = start
    x0, y0 = project(x, y)
    x1, y1 = project(x + east, y)
    x2, y2 = project(x, y + north)
    assert abs((x1 - x0) - east * ACROSS) < 1e-6 and abs((y1 - y0) - east * DOWN) < 1e-6
    assert abs((x2 - x0) - north * ACROSS) < 1e-6 and abs((y2 - y0) + north * DOWN) < 1e-6


def test_heights_stand_upright():
    assert project(10, 20, 15) == (project(10, 20)[0], project(10, 20)[1] - 15)


def box(x, y, w, h):
    return [(x, y), (x + w, y), (x + w, y + h), (x, y + h), (x, y)]


@given(st.floats(-500, 500), st.floats(-500, 500), st.floats(5, 80), st.floats(5, 80), st.booleans())
def test_a_block_shows_its_south_wall_its_east_wall_and_its_roof_whichever_way_the_ring_runs(x, y, w, h, turned):
    ring = box(x, y, w, h)
    faces = block(ring[::-1] if turned else ring, 18)
    assert sorted(face.side for face in faces) == ["l", "r", "t"]
    assert faces[-1].side == "t"
    south = next(face for face in faces if face.side == "l")
    corners = [project(x, y), project(x + w, y)]
    assert all(any(abs(px - cx) + abs(py - cy) < 1e-6 for px, py in south.points) for cx, cy in corners)


@given(st.floats(-500, 500), st.floats(-500, 500), st.floats(1, 300))
def test_what_stands_south_or_east_is_drawn_later(x, y, further):
    here = box(x, y, 20, 10)
    assert depth(box(x, y - further, 20, 10)) > depth(here)
    assert depth(box(x + further, y, 20, 10)) > depth(here)


@given(st.lists(points, min_size=3, max_size=40))
def test_the_outline_of_points_contains_them_all(cloud):
    assume(len({round(x, 3) for x, _ in cloud}) > 2)
    ring = hull(cloud, margin=1.0)
    for x, y in cloud:
        for (ax, ay), (bx, by) in zip(ring, [*ring[1:], ring[0]], strict=True):
            assert (bx - ax) * (y - ay) - (by - ay) * (x - ax) >= -1e-3


def test_a_ring_without_three_corners_is_refused():
    try:
        opened([(0, 0), (1, 1), (0, 0)])
    except ValueError as error:
        assert "three corners" in str(error)
    else:
        raise AssertionError("two corners were taken for a ring")
