"""Invented names: common surnames in about their real proportions, compound ones, names of one to three characters."""

from __future__ import annotations

from random import Random

_SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜"
    "崔谭陆范汪廖石金韦贾夏付方邹熊白孟秦邱侯江尹薛闫段雷龙黎史陶贺毛郝顾龚邵万覃武钱戴严莫孔向常汤俞楼柴裘诸屠"
)
_COMPOUND = ("欧阳", "上官", "司徒", "诸葛", "皇甫", "尉迟", "令狐", "端木")
_OLD_MEN = "国建志德福林根荣水金阿大永兴长庆祥春生明华富忠顺茂泉良炳寿仁义礼康松柏海山土法"
_OLD_WOMEN = "秀英兰桂珍凤玉梅香菊芬彩云莲娥爱月素琴巧惠美仙翠娣妹银花宝珠雅芳淑"
_MEN = "伟强磊军勇杰涛斌浩鹏辉刚健俊峰宇轩博文昊天一鸣子涵嘉铭泽宸睿思远承恩立群"
_WOMEN = "芳娜敏静丽娟艳霞燕玲雯倩婷颖琳欣怡佳慧雨萱梦洁诗涵可馨若曦语桐安宁晓晴舒"


def invent_name(rng: Random, *, sex: str, elder: bool, surname: str | None = None) -> str:
    """A full name; about one in sixty has a compound surname, which with a two-character given name makes four."""
    family = surname or (
        rng.choice(_COMPOUND) if rng.random() < 0.016 else _SURNAMES[int(len(_SURNAMES) * rng.random() ** 1.6)]
    )
    pool = (_OLD_MEN if sex == "m" else _OLD_WOMEN) if elder else (_MEN if sex == "m" else _WOMEN)
    length = 1 if rng.random() < (0.12 if elder else 0.22) else 2
    return family + "".join(rng.sample(pool, length))


def surname_of(name: str) -> str:
    return next((c for c in _COMPOUND if name.startswith(c)), name[0])
