"""What the neighbourhood senses, declared and assessed before the first device comes: by the actions that people use.

Part of the founding: the director proposes, the data-protection lead (one of the community workers) approves. Doing it again
changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from linli.foundation.accounts.actor import Actor
    from linli.foundation.privacy.sensing.actions import Content

STAFF = ("community_director", "community_worker", "grid_lead", "grid_worker")
HELP_PHONE = "0571-0000-0110"

ANSWERS: Mapping[str, Mapping[str, str]] = {
    "water_meter": {
        "lawful": "住户单独同意；总表是为了公共用水，属于社区的职责。",
        "proper": "只用来发现独居老人很久没用水、管子漏水。不看谁用得多，不收费，不排名。",
        "necessary": "只留累计读数和电池还剩多少，一刻钟一次。不留画面，不留声音。",
        "who": "同意的约九百户，多数是独居老人；家里有孩子的按一户一户问。",
        "rights": "会知道一家大概几点起床。撤回两下就能停，服务照样有。",
        "protection": "只有值班的人在有预警时看得到；加密保存，九十天后删；每次查看留记录。",
        "weighed": "网格员每周上门、打电话问平安、邻居结对。",
        "chosen": "夜里和周末没有人上门，水表能早半天发现。两种一起用。",
        "without": "不同意的，每周有人上门或打电话。",
    },
    "door_sensor": {
        "lawful": "住户单独同意。",
        "proper": "只看门开过没有，不知道谁来过。",
        "necessary": "只留开、关和电池还剩多少。",
        "who": "同意的约一百户独居老人。",
        "rights": "会知道一家出门多不多。撤回就停。",
        "protection": "只有值班的人在有预警时看得到；九十天后删；每次查看留记录。",
        "weighed": "上门、打电话、邻居留意门口的报纸。",
        "chosen": "周末没人走访时也能发现一天没开门。",
        "without": "不同意的，每周有人上门或打电话。",
    },
    "electricity_meter": {
        "lawful": "公共用电，属于社区的职责；装在家里的，住户单独同意。",
        "proper": "总表查坏灯和浪费；家里的只用来发现独居老人很久没怎么用电。",
        "necessary": "只留累计读数。总表看不出哪一家；家里的看不出用了什么电器。",
        "who": "总表不涉及单独一户；家里的约九户，都是独居老人自己要的。",
        "rights": "家里的会知道一家大概几点起床、做饭。撤回就停。",
        "protection": "只给社区和网格的人看；九十天后删；每次查看留记录。",
        "weighed": "物业每月抄表；网格员每周上门。",
        "chosen": "一个月抄一次，坏灯要等很久；夜里和周末没有人上门。",
        "without": "总表可以由物业抄；家里的不装，每周有人上门或打电话。",
    },
    "presence": {
        "lawful": "住户单独同意。",
        "proper": "只看有没有人动，发现摔倒、很久没动静。",
        "necessary": "不拍照，不录音，只留动没动、卫生间里有没有人。",
        "who": "同意的约十五户独居老人。",
        "rights": "会知道家里什么时候有人走动。撤回就停，当天拆。",
        "protection": "只有值班的人在有预警时看得到；加密保存，九十天后删；每次查看留记录。",
        "weighed": "求助按钮、邻居结对、每天打电话。",
        "chosen": "摔倒的人够不到按钮和电话。",
        "without": "不装的，可以用求助按钮，或者每周有人上门。",
    },
    "bed_mat": {
        "lawful": "健康信息，本人单独同意。",
        "proper": "只用来发现夜里离床很久、心跳呼吸不对。",
        "necessary": "只留在不在床、心跳、呼吸三个数，不看睡得好不好。",
        "who": "同意的六户独居老人，多数夜里起来摔过。",
        "rights": "会知道几点睡、夜里起来几次。撤回就停。",
        "protection": "只有值班的人在有预警时看得到；加密保存，九十天后删；每次查看留记录。",
        "weighed": "夜灯、扶手、求助按钮。",
        "chosen": "夜灯扶手也装了；摔在床边时还是没有人知道。",
        "without": "不装的，可以用求助按钮，或者约人打电话问平安。",
    },
    "people_counter": {
        "lawful": "公共地方的管理，属于社区的职责；门口有牌子。",
        "proper": "只数进出几人次，好安排饭菜和人手。",
        "necessary": "红外对射，只有数，没有画面。",
        "who": "进老年食堂的人。",
        "rights": "没有影响：认不出是谁。",
        "protection": "只给社区和网格的人看；三十天后删。",
        "weighed": "窗口的人用笔数。",
        "chosen": "忙的时候数不过来，正是要数的时候。",
        "without": "大家照常吃饭，不需要谁配合。",
    },
    "camera": {
        "lawful": "公共地方的安全，社区和物业有管理的职责；门口有牌子。",
        "proper": "只数人数、看烟火，不认人，不跟人，不看谁来找谁。",
        "necessary": "画面不离开摄像头，也不保存，只传数字。对着窗户的地方遮住。",
        "who": "进出大门的所有人，有老人、孩子和来访的人。",
        "rights": "有人会觉得被盯着，所以只装在大门口，写明白，能投诉。",
        "protection": "没有画面就没有画面可泄漏；数字留三十天；只给值班的人看。",
        "weighed": "保安站岗、地磁、红外计数。",
        "chosen": "红外看不见烟火；保安夜里只有一人。",
        "without": "大家都能从门口过，不需要谁配合。",
    },
    "access_gate": {
        "lawful": "住户进门是物业合同；刷脸要本人单独同意。",
        "proper": "只开门，不记谁几点进出。",
        "necessary": "只数每种办法开了几次。脸的数据只在门上那台机器里。",
        "who": "两个新小区的住户，有老人和孩子。",
        "rights": "不愿意刷脸的人不能因此进不了门。",
        "protection": "脸的数据不联网，撤回七天内删；门上有呼叫键和值班人员。",
        "weighed": "只用卡、只用密码。",
        "chosen": "老人常忘带卡，手里提着菜也不方便。",
        "without": "刷卡、呼叫开门、值班人员开门，任选一种，都试过。",
    },
}
RATED = {
    "watched": (2, 2, "写明白、立牌子，不认人", 1, 2),
    "habits": (3, 3, "只有预警时才看，九十天后删", 2, 2),
    "misuse": (2, 3, "每次查看留记录，居民自己看得到", 1, 3),
    "leak": (2, 3, "加密保存，各设备各有口令", 1, 3),
    "wrong": (3, 2, "只当问题，不当结论；先打电话再上门", 2, 2),
    "shut_out": (2, 3, "不用它也有同样的服务", 1, 2),
}


def declare_sensing(director: Actor, lead: Actor) -> None:
    """Put in force what the neighbourhood's devices need; inside the community's scope."""
    from linli.foundation.privacy.sensing import actions
    from linli.foundation.privacy.sensing.models import Declaration

    there = set(Declaration.objects.values_list("type", "purpose"))
    drafts = [
        actions.propose(actions.declare(content, actor=director).pk, actor=director)
        for content in _declared()
        if (content.type, content.purpose) not in there
    ]
    for device_type in dict.fromkeys(draft.type for draft in drafts):
        _assess(device_type, director, lead)
    for draft in drafts:
        actions.approve(draft.pk, actor=lead)


def _assess(device_type: str, director: Actor, lead: Actor) -> None:
    from linli.foundation.privacy.sensing import actions
    from linli.foundation.privacy.sensing.guide import PAGES

    made = actions.open_assessment(device_type, actor=director)
    for page in PAGES.values():
        given: dict[str, Any] = {question.key: ANSWERS[device_type][question.key] for question in page.questions}
        if page.key == "effects":
            given["risks"] = {key: {"likelihood": row[0], "harm": row[1]} for key, row in RATED.items()}
        if page.key == "measures":
            given["risks"] = {
                key: {"measure": row[2], "likelihood_after": row[3], "harm_after": row[4]} for key, row in RATED.items()
            }
        actions.fill(made.pk, page.key, given, actor=director)
    actions.propose_assessment(made.pk, actor=director)
    actions.approve_assessment(made.pk, actor=lead)


def _declared() -> Iterator[Content]:
    from linli.foundation import clock
    from linli.foundation.privacy.sensing.actions import Content
    from linli.foundation.registry.models import Estate, Facility
    from linli.simulator.neighbourhood.equipment import CANTEEN

    charge: dict[str, Any] = {"responsible": "信息保护专员", "responsible_phone": HELP_PHONE, "viewers": STAFF}
    yield Content(
        type="water_meter", name="家里的智能水表", room="meter", position="水表井里，只换表芯", purpose="water_care",
        stored=("volume", "battery"), keep_days=90, alternative="每周有人上门看看，或者打电话问平安。",
        installer="晚河水务", inside_homes=True, **charge,
    )  # fmt: skip
    yield Content(
        type="door_sensor", name="家门上的门磁", room="home_door", position="门框上方，一小块", purpose="door_care",
        stored=("open", "battery"), keep_days=90, alternative="每周有人上门看看，或者打电话问平安。",
        installer="晚河智能服务部", inside_homes=True, **charge,
    )  # fmt: skip
    yield Content(
        type="electricity_meter", name="各幢楼的公共电表", room="plant", position="一楼配电箱里", purpose="shared_supply",
        stored=("energy",), keep_days=90, alternative="物业每月抄表。", installer="晚河电力服务站", **charge,
    )  # fmt: skip
    yield from _in_homes_later(charge)
    if (canteen := Facility.objects.filter(code=CANTEEN).first()) is not None:
        yield Content(
            type="people_counter", name="老年食堂门口的客流计数", room="canteen", position="门框两边，一对红外",
            purpose="public_safety", stored=("entered", "left", "battery"), keep_days=30,
            alternative="照常进出；值班的人也可以用笔数。", installer="晚河智能服务部", place=("facility", canteen.pk),
            **charge,
        )  # fmt: skip
    for estate in Estate.objects.order_by("code"):
        yield Content(
            type="camera", name=f"{estate.name}大门摄像头", room="gate", position="大门岗亭上方，朝人行道",
            purpose="public_safety", stored=("people", "fire"), keep_days=30,
            alternative="保安每两小时走一圈；有事打电话，一样有人来。", installer="晚河安防公司",
            place=("estate", estate.pk), looks_into_no_home=True, zones=_view(), **charge,
        )  # fmt: skip
        if estate.kind == Estate.Kind.NEW:
            yield Content(
                type="access_gate", name=f"{estate.name}大门门禁", room="gate", position="大门人行通道",
                purpose="gate_entry", keep_days=30, installer="晚河安防公司", place=("estate", estate.pk),
                stored=("open", "forced", "entries_card", "entries_staff", "entries_face"),
                alternative="刷卡；或者按呼叫键，值班的人来开。", methods=("card", "intercom", "staff", "face"),
                tried_method="card", tried_on=clock.today(), tried_by="社区工作者", **charge,
            )  # fmt: skip


def _in_homes_later(charge: dict[str, Any]) -> Iterator[Content]:
    """What some elders wanted besides, each for itself, and the purpose for which several are seen together."""
    from linli.foundation.privacy.sensing.actions import Content

    inside: dict[str, Any] = {
        "keep_days": 90, "alternative": "每周有人上门看看，或者打电话问平安。", "installer": "晚河智能服务部",
        "inside_homes": True, **charge,
    }  # fmt: skip
    for device_type, name, room, position, stored, purposes in (
        ("electricity_meter", "家里的智能电表", "meter", "表箱里，只换表", ("energy",), ("power_care", "rhythm_care")),
        ("presence", "家里的人体感应", "living_room", "墙上，一个小盒子", ("motion", "bathroom", "battery"),
         ("presence_care", "rhythm_care")),
        ("bed_mat", "床垫感应", "bedroom", "床垫下面，一层薄垫", ("in_bed", "heart_rate", "breath_rate"), ("bed_care",)),
        ("water_meter", "家里的智能水表", "meter", "水表井里，只换表芯", ("volume", "battery"),
         ("rhythm_care",)),
        ("door_sensor", "家门上的门磁", "home_door", "门框上方，一小块", ("open", "battery"),
         ("rhythm_care",)),
    ):  # fmt: skip
        for purpose in purposes:
            together = "，和别的一起看" if purpose == "rhythm_care" else ""
            yield Content(
                type=device_type,
                name=name + together,
                room=room,
                position=position,
                stored=stored,
                purpose=purpose,
                **inside,
            )


def _view() -> tuple[dict, ...]:
    walk = [[0.08, 0.45], [0.62, 0.38], [0.7, 0.95], [0.05, 0.95]]
    windows = [[0.66, 0.02], [0.98, 0.02], [0.98, 0.34], [0.66, 0.3]]
    return (
        {"key": "gate", "name": "大门人行道", "corners": walk, "masked": False},
        {"key": "windows", "name": "对面的窗户", "corners": windows, "masked": True},
    )
