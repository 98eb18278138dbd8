"""What is measured: each row, its programs with their usual and their smallest arguments, and the goal of each figure."""
import dataclasses
import statistics


@dataclasses.dataclass(frozen=True)
class Figure:
    name: str          # as the program prints it
    what: str          # English, for the table
    zh: str
    unit: str          # s, B, /s, or none: a plain number
    goal: tuple = ()   # ("ratio at most", 2), ("ratio at least", 0.8), ("at most", 1024): none is for reading


@dataclasses.dataclass(frozen=True)
class Row:
    name: str
    what: str
    zh: str
    programs: dict     # "floor" and "ours": (program, usual arguments, smallest arguments)
    figures: tuple
    runs_most: int = 99


AT_MOST, AT_LEAST, RATIO_MOST, RATIO_LEAST = "at most", "at least", "ratio at most", "ratio at least"
MIB = 1024 * 1024

ROWS = (
    Row("limits", "the machine's limits, each alone", "本机各项极限", {"floor": ("limits", (100,), (1,))}, (
        Figure("lmdb_rows_per_second", "rows of 300 B into LMDB, in key order", "按键序写入 LMDB（每行 300 B）", "/s"),
        Figure("blake2b_bytes_per_second", "BLAKE2b", "BLAKE2b", "B/s"),
        Figure("chachapoly_bytes_per_second", "ChaChaPoly", "ChaChaPoly", "B/s"),
        Figure("ed25519_signed_per_second", "Ed25519 signed", "Ed25519 签名", "/s"),
        Figure("ed25519_checked_per_second", "Ed25519 checked", "Ed25519 验签", "/s"),
        Figure("loopback_bytes_per_second", "loopback TCP", "本机回环 TCP", "B/s"))),
    Row("W1", "first sync of 24,000 records in 100 patches", "首次同步：100 个责任区、24,000 条记录",
        {"floor": ("floor_w1", (), (2, 3)), "ours": ("linli_w1", (), (2, 3))}, (
            Figure("seconds", "time", "时间", "s", (RATIO_MOST, 2)),
            Figure("bytes", "bytes on the wire", "线上字节", "B", (RATIO_MOST, 1.1)),
            Figure("resident_bytes", "receiver's memory above the map", "接收方映射以外的内存", "B", (AT_MOST, 16 * MIB)),
            Figure("cpu_seconds", "processor time of both ends", "两端处理器时间", "s"))),
    Row("W2", "both sides changed 200 records apart", "两端各改 200 条后相遇",
        {"floor": ("floor_w2", (), ()), "ours": ("linli_w2", (), (10, 40))}, (
            Figure("seconds", "time", "时间", "s", (AT_MOST, 0.010)),
            Figure("bytes", "bytes on the wire", "线上字节", "B", (AT_MOST, 29000)),
            Figure("round_trips", "round trips after the handshake", "握手后的往返", "", (AT_MOST, 2)),
            Figure("cpu_seconds", "processor time of both ends", "两端处理器时间", "s"))),
    Row("W3", "nothing changed", "没有变化时相遇", {"floor": ("floor_w3", (), ()), "ours": ("linli_w3", (), (2, 3))}, (
        Figure("seconds", "time", "时间", "s"),
        Figure("bytes", "bytes on the wire, with the handshake", "线上字节（含握手）", "B", (AT_MOST, 1024)),
        Figure("round_trips", "round trips after the handshake", "握手后的往返", "", (AT_MOST, 1)),
        Figure("cpu_seconds", "processor time of both ends", "两端处理器时间", "s", (AT_MOST, 0.005)))),
    Row("W4", "edits of one field, durable and signed", "改一个字段：落盘并签名",
        {"floor": ("floor_w4", (1920,), (64,)), "ours": ("linli_w4", (1920,), (64,))}, (
            Figure("per_second_1", "one at a time", "逐个提交", "/s", (RATIO_LEAST, 0.8)),
            Figure("per_second_8", "in groups of 8", "每组 8 个", "/s", (RATIO_LEAST, 0.8)),
            Figure("per_second_64", "in groups of 64", "每组 64 个", "/s", (RATIO_LEAST, 0.8)))),
    Row("W5", "ten times the patches; its floor is W1 itself", "十倍的责任区；以 W1 本身为下限",
        {"floor": ("linli_w1", (), (2, 3)), "ours": ("linli_w1", (1000,), (20, 3))}, (
            Figure("record_seconds", "time for each record", "每条记录的时间", "s", (RATIO_MOST, 1.2)),
            Figure("seconds", "time", "时间", "s"),
            Figure("bytes", "bytes on the wire", "线上字节", "B"),
            Figure("resident_bytes", "receiver's memory above the map", "接收方映射以外的内存", "B", (AT_MOST, 16 * MIB))), 3),
    Row("W5x100", "a hundred times the patches; its floor is W1 itself", "一百倍的责任区；以 W1 本身为下限",
        {"floor": ("linli_w1", (), (2, 3)), "ours": ("linli_w1", (10000,), (40, 3))}, (
            Figure("record_seconds", "time for each record", "每条记录的时间", "s", (RATIO_MOST, 1.2)),
            Figure("seconds", "time", "时间", "s"),
            Figure("bytes", "bytes on the wire", "线上字节", "B"),
            Figure("resident_bytes", "receiver's memory above the map", "接收方映射以外的内存", "B", (AT_MOST, 16 * MIB))), 1),
    Row("W6", "100,000 field changes from 100 authors taken in", "合并 100 位作者的 100,000 处修改",
        {"ours": ("linli_w6", (), (400, 2))}, (
            Figure("seconds", "time", "时间", "s", (AT_MOST, 2)),
            Figure("longest_seconds", "longest that another writer waits", "其他写入者最长等待", "s", (AT_MOST, 0.020))), 3),
    Row("W7", "a city: 55,000 patches", "一座城市：55,000 个责任区", {"ours": ("linli_w7", (), (60,))}, (
        Figure("scopes_per_second", "first sync, patches of one household", "首次同步（每个责任区一户）", "/s"),
        Figure("same_seconds", "nothing changed: time", "没有变化：时间", "s"),
        Figure("same_cpu_seconds", "nothing changed: processor time of both ends", "没有变化：两端处理器时间", "s", (AT_MOST, 0.005)),
        Figure("same_bytes", "nothing changed: bytes on the wire", "没有变化：线上字节", "B", (AT_MOST, 1024)),
        Figure("same_round_trips", "nothing changed: round trips", "没有变化：往返", "", (AT_MOST, 1)),
        Figure("changed_seconds", "one patch changed: time", "一个责任区有变化：时间", "s"),
        Figure("changed_bytes", "one patch changed: bytes on the wire", "一个责任区有变化：线上字节", "B", (AT_MOST, 4096)),
        Figure("changed_round_trips", "one patch changed: round trips", "一个责任区有变化：往返", "", (AT_MOST, 3)),
        Figure("restart_seconds", "restart to serving", "重启到可用", "s", (AT_MOST, 2))), 1),
    Row("W8", "18,000 connections to one process", "一个进程 18,000 个连接", {"ours": ("linli_w8", (), (20,))}, (
        Figure("connections", "connections with a session that settled", "会话已建立的连接", "", (AT_LEAST, 18000)),
        Figure("connected_per_second", "connected and settled", "每秒建立", "/s"),
        Figure("idle_bytes", "memory of each when idle", "每个空闲会话的内存", "B", (AT_MOST, 6 * 1024))), 1),
    Row("find", "people found as one types, among 20,000 residents in 112 patches", "按输入查找：112 个责任区、20,000 名居民",
        {"ours": ("linli_find", (), (400,))}, (
            Figure("letters_seconds", "by first letters of the name, processor time", "按姓名首字母：处理器时间", "s", (AT_MOST, 0.010)),
            Figure("pinyin_seconds", "by the name in pinyin", "按姓名拼音", "s", (AT_MOST, 0.010)),
            Figure("characters_seconds", "by the name in characters", "按姓名汉字", "s", (AT_MOST, 0.010)),
            Figure("tail_seconds", "by the last four digits of a sealed telephone number", "按加密电话末四位", "s", (AT_MOST, 0.010)),
            Figure("room_seconds", "who lives in a room", "按门牌找住的人", "s", (AT_MOST, 0.010)),
            Figure("nobody_seconds", "what nobody is called: then every text is read", "没有这样的人：再读所有文字", "s")), 3),
    Row("stats", "figures of a place and of each scope right below it", "一个辖区及其直属下级的统计",
        {"ours": ("linli_stats", (), (60, 120))}, (
            Figure("community_seconds", "a community of 20,000 residents: processor time", "2 万居民的社区：处理器时间", "s"),
            Figure("city_seconds", "a city of 55,000 patches and 3 million households: processor time", "一座城市：55,000 个责任区、300 万户：处理器时间", "s", (AT_MOST, 0.1))), 3),
    Row("audit", "reading sealed records where readings are recorded", "在记录查看的地方阅读加密记录",
        {"ours": ("linli_audit", (), (250,))}, (
            Figure("list_phone_seconds", "10,000 listed, on a phone that records nothing", "列出 10,000 条：不作记录的手机", "s"),
            Figure("list_office_seconds", "10,000 listed, at the office", "列出 10,000 条：居委会", "s"),
            Figure("list_again_seconds", "10,000 listed, at the office, again within the quarter hour", "列出 10,000 条：居委会，一刻钟内再次", "s"),
            Figure("single_phone_seconds", "200 one by one, on a phone", "逐条看 200 条：手机", "s"),
            Figure("single_office_seconds", "200 one by one, at the office", "逐条看 200 条：居委会", "s"),
            Figure("single_again_seconds", "200 one by one, at the office, again", "逐条看 200 条：居委会，再次", "s"))),
)


def choose(names):
    wanted = [name for name in names.split(",") if name]
    unknown = set(wanted) - {row.name for row in ROWS}
    if unknown:
        raise SystemExit(f"no such row: {', '.join(sorted(unknown))} (there are {', '.join(row.name for row in ROWS)})")
    return [row for row in ROWS if not wanted or row.name in wanted]


def summary(values):
    """Median, least, most; None where nothing was measured."""
    return (statistics.median(values), min(values), max(values)) if values else None
