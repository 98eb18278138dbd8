/* Command line, who calls: the login that the kernel keeps for the caller's process, through sudo and su; else its user. */
#define _GNU_SOURCE /* struct ucred */
#include "actor.h"

#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fail.h"

enum { NAME_BYTES = 64, WORDS_BYTES = 16384 };

/* The process at the other end of the daemon's socket, or this one. */
static void caller_of(const struct context *ctx, struct ucred *out)
{
    socklen_t size = sizeof(*out);
    if (ctx->caller >= 0 && getsockopt(ctx->caller, SOL_SOCKET, SO_PEERCRED, out, &size) == 0)
        return;
    *out = (struct ucred){.pid = getpid(), .uid = getuid(), .gid = getgid()};
}

/* A system without logins, or a process that no login began, says 4294967295. */
static uid_t login_of(const struct ucred *caller)
{
    char path[64], digits[32] = "", *end = digits;
    unsigned long login = 0;
    snprintf(path, sizeof(path), "/proc/%ld/loginuid", (long)caller->pid);
    FILE *file = fopen(path, "re");
    if (file != NULL) {
        if (fgets(digits, sizeof(digits), file) != NULL)
            login = strtoul(digits, &end, 10);
        fclose(file);
    }
    return end > digits && login < (uid_t)-1 ? (uid_t)login : caller->uid;
}

static void name_of(uid_t user, char out[NAME_BYTES + 1])
{
    struct passwd entry, *found = NULL;
    char *words = malloc(WORDS_BYTES);
    snprintf(out, NAME_BYTES + 1, "uid %lu", (unsigned long)user);
    if (words != NULL && getpwuid_r(user, &entry, words, WORDS_BYTES, &found) == 0 && found != NULL &&
        strlen(found->pw_name) <= NAME_BYTES)
        snprintf(out, NAME_BYTES + 1, "%s", found->pw_name);
    free(words);
}

int actor_say(struct context *ctx, const char *reason, bool bulk)
{
    struct ucred caller;
    char name[NAME_BYTES + 1];
    caller_of(ctx, &caller);
    name_of(login_of(&caller), name);
    int rc = linli_audit_actor(ctx->store, &(struct linli_actor){.name = name, .reason = reason, .bulk = bulk});
    if (rc == LINLI_E_LIMIT)
        return fail_usage(ctx, "%s", _("--reason takes at most 256 bytes"));
    return rc != LINLI_OK ? fail_usage(ctx, "%s", _("--reason takes UTF-8")) : STATUS_DONE;
}

int actor_reads(struct context *ctx)
{
    return actor_say(ctx, option_value(&ctx->options, "reason"), false);
}
