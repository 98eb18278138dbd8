/** Command line: help pages and the man page's verb list, all from the verb table. */
#ifndef LINLI_APP_HELP_H
#define LINLI_APP_HELP_H

#include "context.h"

/** All verbs, a line each, on the caller's stdout; only those that begin with the word `group` unless it is NULL. */
void help_overview(struct context *ctx, const char *group);
/** One verb's page, on the caller's stdout. */
void help_verb(struct context *ctx, const struct verb *verb);
/** linlid's page: its own flags, and those of `linli serve`, which are its settings too. */
void help_daemon(struct context *ctx, const struct flag *own);
/** The man page's sections OPTIONS and VERBS, in scdoc's language. */
void help_man(struct context *ctx);

#endif
