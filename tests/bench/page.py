"""The pages docs/en/performance.md and docs/zh/performance.md with their plots, from figures that --json wrote."""
import plot
import table

WORDS = {
    "en": {
        "title": "# How fast it is",
        "intro": "Every figure here was made by one command, `tests/run bench`, which runs ours and a *floor* in turns: a small C program that does no\n"
                 "more than must be done for the same work (seal, hash, check one signature a run, MessagePack by field number, zstd, LMDB in key\n"
                 "order, synced commits) and keeps no context, salts nothing, judges nothing, merges nothing. Ours runs from one synced store to the other,\n"
                 "with encryption, signatures, padding and durability on. Times depend on the machine and on what else it does; the ratio does so less.\n"
                 "What misses its goal is listed with the rest.",
        "made": "Made on {processor}, {cores} cores, {system}, with a load of {load:.0f} from other work (the mean of five minutes; 0 is a quiet machine); {runs} runs\n"
                "at most, fewer of the large ones: median (least – most). Where the load is high, read bytes, round trips, processor time and memory.",
        "head": "| | floor | ours | ratio | goal | |", "plots": "## In pictures",
        "peers": "## Other libraries", "figures": {},
        "peers_why": "The same data and changes, a document for each patch, from one process to another over loopback, in clear and unsigned, as these\n"
                     "libraries are; what they keep is one file, written anew and synced.",
        "met": "met", "missed": "**missed by {:.2f} x**", "floor": "floor", "ours": "ours",
        "ratio": "Ours beside the floor: 1 is the floor itself", "goals": "Goals: right of the line is missed, by so many times",
        "profile": """## Where the time goes

- A first sync is bounded by the receiver: a third of its processor time is reading MessagePack (a scan before any decoder, then the decoders), a
  fifth LMDB (seven tables, two of them by record, so not in key order), the rest merging, indexing, hashing and the system. Of the bytes
  above the floor, 16 B a record are the salts that let one part be erased and its hash stay, and the rest are contexts and numbers of groups.
- Runs that came while a sync to disk lasted are stored by the next one, so a slower disk means larger batches and not more waiting.
- Where two sides differ in many scopes, what costs bytes is saying what each holds of each of them: a whole detail of about 300 B for
  each scope and side. A summary inside a scope that names only what differs is known to be wanting.
- An edit by itself costs its sync to disk. In groups it costs the door: judging, merging, indexes and digests, about a dozen rows where the floor has two.

`perf record -g build/release/bench/linli_w1` shows it on your machine.""",
    },
    "zh": {
        "title": "# 性能",
        "intro": "本页所有数字都由一条命令 `tests/run bench` 得出。它让本项目与“下限程序”交替运行：下限是一个小的 C 程序，只做同样工作里非做不可的事\n"
                 "（加密、哈希、每段验一次签名、按字段号的 MessagePack、zstd、按键序写 LMDB、提交落盘），不记上下文，不加盐，不判断，不合并。\n"
                 "本项目从一端已落盘的库到另一端已落盘的库，加密、签名、填充、落盘全部打开。时间因机器和负载而异，比值受影响较小。没有达到目标的也一并列出。",
        "made": "机器：{processor}，{cores} 核，{system}，同时有其他工作，负载 {load:.0f}（五分钟平均，0 为空闲）；最多 {runs} 次，大的项目次数较少：\n"
                "中位数（最小 – 最大）。负载高时，请看字节、往返、处理器时间和内存。",
        "head": "| | 下限 | 本项目 | 比值 | 目标 | |", "plots": "## 图",
        "peers": "## 其他库", "figures": {"time": "时间", "bytes on the wire": "线上字节", "receiver's memory": "接收方内存", "edits one at a time": "逐个修改"},
        "peers_why": "同样的数据和修改，每个责任区一份文档，经回环从一个进程到另一个进程；这些库不加密、不签名。它们只写一个文件并落盘。",
        "met": "达到", "missed": "**差 {:.2f} 倍**", "floor": "下限", "ours": "本项目",
        "ratio": "与下限之比：1 即下限本身", "goals": "目标：线右为未达到，数字为相差倍数",
        "profile": """## 时间花在哪里

- 首次同步受接收方限制：它的处理器时间约三分之一用于读 MessagePack（解码前先扫描，再解码），约五分之一用于 LMDB（七张表，其中两张按记录排列，
  不是键序），其余是合并、索引、哈希和系统调用。比下限多出的字节里，每条记录有 16 B 是盐，使一个部分可以抹除而哈希仍在；其余是上下文和组号。
- 落盘期间到达的段由下一次提交一起存入，所以磁盘慢只会使批次变大，不会使等待变多。
- 两端在许多范围里不同时，字节主要花在说明各自在每个范围里有什么：每个范围每端约 300 B。只说不同之处的摘要，目前还没有。
- 单独一次修改的代价就是一次落盘。成组时代价在“门”上：判断、合并、索引和摘要，大约写十几行，而下限只写两行。

在自己的机器上查看：`perf record -g build/release/bench/linli_w1`。""",
    },
}


def verdict(line, words):
    if line.missed is None:
        return ""
    return words["met"] if line.missed <= 1 else words["missed"].format(line.missed)


def rows_text(lines, language):
    words, out, last = WORDS[language], [], None
    for line in lines:
        if line.row is not last:
            last = line.row
            out += ["", f"## {line.row.name}: {line.row.what if language == 'en' else line.row.zh}", "", words["head"], "| --- | ---: | ---: | ---: | ---: | --- |"]
        floor, ours, ratio, goal, _ = table.cells(line)
        if language == "zh":
            goal = goal.replace("floor", words["floor"])
        what = line.figure.what if language == "en" else line.figure.zh
        out.append(f"| {what} | {floor} | {ours} | {ratio} | {goal} | {verdict(line, words)} |")
    return out


def peers_text(figures, language):
    found = figures.get("peers", ())
    if not found:
        return []
    words = WORDS[language]
    out = ["", words["peers"], "", words["peers_why"], "", "| | | |", "| --- | --- | ---: |"]
    return out + [f"| {at['row']} {at['peer']} | {words['figures'].get(at['what'], at['what'])} | {table.span(at['measured'], at['unit'])} |"
                  for at in found]


def plots(folder, lines, language):
    """Two plots of one language; their names."""
    words = WORDS[language]
    name = lambda line: f"{line.row.name}: {line.figure.what if language == 'en' else line.figure.zh}"
    beside = [(name(line), line.ratio) for line in lines if line.ratio is not None]
    goals = [(name(line), line.missed) for line in lines if line.missed is not None]
    folder.mkdir(parents=True, exist_ok=True)
    for file, title, bars in (("ratio", words["ratio"], beside), ("goals", words["goals"], goals)):
        (folder / f"performance-{file}.svg").write_text(plot.bars(title, bars), encoding="utf-8")
    return [(f"performance-{file}.svg", words[file]) for file in ("ratio", "goals")]


def write(docs, figures, lines):
    for language, words in WORDS.items():
        made = words["made"].format(runs=figures["runs"], **figures["machine"])
        drawn = plots(docs / language, lines, language)
        text = [words["title"], "", words["intro"], "", made] + rows_text(lines, language) + peers_text(figures, language)
        text += ["", words["plots"], ""] + [f"![{title}]({file})\n" for file, title in drawn] + [words["profile"], ""]
        (docs / language / "performance.md").write_text("\n".join(text), encoding="utf-8")
