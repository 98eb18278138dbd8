/* auth: decide from one grant who may write, and from several who may read. */
#include "auth/decide.h"
#include "base/hlc.h"

#include <string.h>

enum { CLASS_COUNT = 3 };

bool decide_right(unsigned rights, unsigned cls, bool manage)
{
    if (cls >= CLASS_COUNT || (rights & (unsigned)RIGHT_WRITE_PUBLIC << cls) == 0)
        return false;
    return !manage || (rights & RIGHT_MANAGE) != 0;
}

enum verdict decide_write(const struct grant *g, uint64_t term_end_ms, const linli_author *author,
                          const struct scope_path *path, unsigned cls, bool manage, linli_stamp stamp)
{
    if (memcmp(g->subject, author->key, KEY_BYTES) != 0)
        return VERDICT_SUBJECT;
    if (!path_contains(&g->path, path))
        return VERDICT_SCOPE;
    if (hlc_ms(stamp) >= term_end_ms)
        return VERDICT_TERM;
    return decide_right(g->rights, cls, manage) ? VERDICT_ACCEPTED : VERDICT_RIGHT;
}

unsigned decide_read(const struct grant *grants, const uint64_t *term_end_ms, size_t count,
                     const struct scope_path *path, uint64_t now_ms)
{
    unsigned classes = 0;

    for (size_t i = 0; i < count; i++) {
        if (now_ms >= term_end_ms[i])
            continue;
        if (path_contains(&grants[i].path, path))
            classes |= grants[i].rights & RIGHT_READ; /* bit 1 << class, as the rights have it */
        else if (path_contains(path, &grants[i].path))
            classes |= RIGHT_READ_PUBLIC;
    }
    return classes;
}
