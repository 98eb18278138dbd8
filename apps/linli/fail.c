/* Command line, errors: the one table from the library's codes to words and exit codes. */
#include "fail.h"

#include <stdarg.h>
#include <string.h>

#include "clean.h"

static const struct {
    int code;
    enum status status;
    const char *why;
    const char *advice;
} table[] = {
    {LINLI_E_NOMEM, STATUS_FAILED, N_("memory ran out"), N_("close other programs and try again")},
    {LINLI_E_ARG, STATUS_USAGE, N_("a value is not usable here"), N_("see 'linli help'")},
    {LINLI_E_NOT_FOUND, STATUS_NOT_FOUND, N_("there is no such thing here"), N_("check the name or id, or sync first")},
    {LINLI_E_EXISTS, STATUS_FAILED, N_("it is there already, or several fit"), N_("give another name or a longer id")},
    {LINLI_E_SCHEMA, STATUS_USAGE, N_("no such field, or a value of another kind"), N_("see 'linli schema'")},
    {LINLI_E_REFUSED, STATUS_REFUSED, N_("the grants of this device do not allow it"),
     N_("ask the office above for the right")},
    {LINLI_E_EXPIRED, STATUS_REFUSED, N_("its term is over"), N_("ask for a new invitation")},
    {LINLI_E_USED, STATUS_REFUSED, N_("the invitation was used before"), N_("ask for a new invitation")},
    {LINLI_E_SIGNATURE, STATUS_REFUSED, N_("a signature does not verify"), N_("do not trust this peer; tell the office")},
    {LINLI_E_FORMAT, STATUS_FAILED, N_("the bytes are damaged or not Linli's"), N_("check the file or copy it again")},
    {LINLI_E_LIMIT, STATUS_FAILED, N_("it is over a limit"), N_("make it smaller or do it in pieces")},
    {LINLI_E_NETWORK, STATUS_FAILED, /* whoever closes without a word does not say which */
     N_("it closed without a word: another network, an unknown or used invitation, or no Linli node"),
     N_("check the address, and ask for a new invitation if one was used")},
    {LINLI_E_VERSION, STATUS_FAILED, N_("it was made by a newer version"), N_("install the newest linli")},
    {LINLI_E_BUSY, STATUS_FAILED, N_("the store is in use by another process"), N_("wait for it or end it")},
    {LINLI_E_KEY, STATUS_REFUSED, N_("the store's key or passphrase is wrong"),
     N_("give the right one: --key-file FILE or $LINLI_PASSPHRASE")},
    {LINLI_E_DISK, STATUS_FAILED, N_("reading or writing the disk failed"), N_("check the disk, then run 'linli verify'")},
    {LINLI_E_FULL, STATUS_FAILED, N_("the disk is full; nothing was written"), N_("free some space and try again")},
    {LINLI_E_CORRUPT, STATUS_FAILED, N_("the store's own data does not verify"), N_("keep a copy and tell the office")},
    {LINLI_E_CLOCK, STATUS_FAILED, N_("the clock is more than a day behind what this device last signed"),
     N_("set the clock")},
    {LINLI_E_CONNECT, STATUS_FAILED, N_("the peer cannot be reached"), N_("check the address and the network")},
    {LINLI_E_TIMEOUT, STATUS_FAILED, N_("the peer did not answer in time"), N_("try again")},
    {LINLI_E_CLOSED, STATUS_FAILED, N_("the connection ended early"), N_("try again; what arrived is kept")},
    {LINLI_E_PROTOCOL, STATUS_FAILED, N_("the peer broke the protocol"), N_("check that a Linli node listens there")},
    {LINLI_E_DIVERGED, STATUS_FAILED, N_("both replicas hold the same and show different"), N_("please report this defect")},
    {LINLI_E_SELF, STATUS_FAILED, N_("this store is a copy of the peer's, with the same device key"),
     N_("keep one of the two, and let the other device join with an invitation")},
    {LINLI_E_STALE, STATUS_USAGE, N_("the token is of another record or store"), N_("read the record again")},
    {LINLI_E_WAIT, STATUS_FAILED, N_("something that it cites is not here yet"), N_("sync and try again")},
    {LINLI_E_FORK, STATUS_FAILED, N_("a log has forked and is frozen"), N_("tell the office")},
    {LINLI_E_CANCELLED, STATUS_FAILED, N_("it was stopped"), N_("start it again when ready")},
    {LINLI_E_INTERNAL, STATUS_FAILED, N_("the program met a state that it rules out"), N_("please report this defect")},
    {LINLI_E_SEALED, STATUS_REFUSED, N_("the field is sealed, and this device has no key for it in that scope"),
     N_("sync with the office of that scope, or ask it for the right")},
    {LINLI_E_QUOTA, STATUS_FAILED, N_("one device has written so much in one scope that no more of it is taken for now; the rest was synced"),
     N_("nothing is lost: sync again tomorrow; if nobody wrote that much on purpose, tell the office")},
};

const char *fail_word(const struct context *ctx, const char *word)
{
    return ctx->err_terminal || clean_word(word) ? word : "\xe2\x80\xa6";
}

static int print(struct context *ctx, enum status status, const char *what, const char *advice, const char *why,
                 va_list args)
{
    char words[1024];
    vsnprintf(words, sizeof(words), why, args);
    fflush(ctx->out);
    fputs("linli: ", ctx->err);
    clean_put(ctx->err, fail_word(ctx, what));
    fputs(": ", ctx->err);
    clean_put(ctx->err, words);
    if (advice != NULL && advice[0] != '\0') {
        fputs("; ", ctx->err);
        clean_put(ctx->err, advice);
    }
    fputc('\n', ctx->err);
    return (int)status;
}

int fail(struct context *ctx, enum status status, const char *what, const char *advice, const char *why, ...)
{
    va_list args;
    va_start(args, why);
    int rc = print(ctx, status, what, advice, why, args);
    va_end(args);
    return rc;
}

int fail_usage(struct context *ctx, const char *why, ...)
{
    char advice[160];
    const char *name = ctx->verb != NULL ? ctx->verb->name : "linli";
    if (ctx->verb != NULL)
        snprintf(advice, sizeof(advice), _("see 'linli help %s'"), name);
    else
        snprintf(advice, sizeof(advice), "%s", _("see 'linli help'"));
    va_list args;
    va_start(args, why);
    int rc = print(ctx, STATUS_USAGE, name, advice, why, args);
    va_end(args);
    return rc;
}

int fail_memory(struct context *ctx)
{
    return fail_code(ctx, ctx->verb != NULL ? ctx->verb->name : "linli", LINLI_E_NOMEM);
}

enum status fail_status(int code)
{
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
        if (table[i].code == code)
            return table[i].status;
    return code == LINLI_OK ? STATUS_DONE : STATUS_FAILED;
}

int fail_code(struct context *ctx, const char *what, int code)
{
    if (code == LINLI_OK)
        return STATUS_DONE;
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
        if (table[i].code == code)
            return fail(ctx, table[i].status, what, _(table[i].advice), "%s", _(table[i].why));
    return fail(ctx, STATUS_FAILED, what, _("please report this defect"), _("unknown code %d"), code);
}
