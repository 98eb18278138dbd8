/*
 * session: one detail with its lists in order, and how far the pages of a detail go. A page covers each list in its order from
 * where the page before ended; a list is at its end when a later list has begun, or with the last page (proto/session.md 4).
 */
#ifndef LINLI_SESSION_SIDES_H
#define LINLI_SESSION_SIDES_H

#include "session/message.h"

enum section { SECTION_GRANTS, SECTION_HEADS, SECTION_CHILDREN, SECTION_COUNT }; /* in the order of pages */
enum { PAGE_BYTES = 64 * 1024 };

struct sides {
    struct detail detail; /* its counts are those of the lists here */
    struct detail_head *heads;
    linli_hash *grants;
    struct detail_child *children;
};
struct marks {
    bool begun[SECTION_COUNT]; /* the last of it that was told is below */
    bool ended[SECTION_COUNT];
    linli_hash grant;
    struct detail_head head;
    struct detail_child child;
};

int order_hashes(const void *a, const void *b);
int order_children(const void *a, const void *b);

/* Sorted, all but the grants: those of ours stand in an order that puts issuers first. LINLI_OK, LINLI_E_FORMAT, LINLI_E_NOMEM. */
int sides_open(struct arena *a, span body, struct sides *out);
void sides_sort_grants(struct sides *side);
/* Does what lies between the two marks cover this row? */
bool marks_cover(const struct marks *before, const struct marks *after, enum section section, const void *row);
/* Go past a page whose lists are all sorted. LINLI_E_PROTOCOL: it does not go on from there. */
int marks_pass(struct marks *marks, struct sides *page);
/* Keep what lies between the two, of all but the grants. */
void sides_cut(struct sides *side, const struct marks *before, const struct marks *after);
/* The next page of our own detail as a message, and the marks past it. `*more`: there is another. */
int sides_page(span own, struct marks *marks, struct buf *out, bool *more);

#endif
