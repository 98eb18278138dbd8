/* Command line, `linli help`: pages written from the verb table. */
#include "help.h"

#include <string.h>

#include "fail.h"
#include "output.h"
#include "verbs.h"

static void put_flags(struct context *ctx, const struct flag *flags)
{
    char left[80];
    for (; flags != NULL && flags->name != NULL; flags++) {
        snprintf(left, sizeof(left), "  --%s%s%s", flags->name, flags->arg != NULL ? " " : "",
                 flags->arg != NULL ? flags->arg : "");
        fprintf(ctx->out, "%-28s %s", left, _(flags->help));
        if (flags->values != NULL)
            fprintf(ctx->out, " (%s)", flags->values);
        fputc('\n', ctx->out);
    }
}

void help_overview(struct context *ctx, const char *group)
{
    size_t size = group != NULL ? strlen(group) : 0;
    fprintf(ctx->out, "%s\n\n", _("usage: linli VERB [FLAGS] [ARGUMENTS]"));
    for (const struct verb *verb = ctx->verbs; verb->name != NULL; verb++)
        if (group == NULL || (strncmp(verb->name, group, size) == 0 && verb->name[size] == ' '))
            fprintf(ctx->out, "  %-16s %s\n", verb->name, _(verb->summary));
    fprintf(ctx->out, "\n%s\n", _("'linli help VERB' says more about one."));
}

void help_verb(struct context *ctx, const struct verb *verb)
{
    fprintf(ctx->out, "linli %s %s\n\n%s%s\n", verb->name, verb->synopsis, _(verb->summary),
            text_in_use() == LANGUAGE_ZH ? "。" : ".");
    if (verb->details != NULL)
        fprintf(ctx->out, "\n%s\n", _(verb->details));
    if (verb->flags != NULL) {
        fputc('\n', ctx->out);
        put_flags(ctx, verb->flags);
    }
    fprintf(ctx->out, "\n%s\n", _("Every verb takes:"));
    put_flags(ctx, context_flags);
}

void help_daemon(struct context *ctx, const struct flag *own)
{
    int words = 0;
    char serve[] = "serve", *word[] = {serve};
    fprintf(ctx->out, "linlid [FLAGS]\n\n%s\n\n",
            _("Serve a store as 'linli serve' does, with settings from /etc/linli/linlid.conf and conf.d beside it (KEY = VALUE, the keys being these "
              "flags), then from LINLI_KEY in the environment, then from flags."));
    put_flags(ctx, own);
    put_flags(ctx, context_verb(ctx->verbs, 1, word, &words)->flags);
    put_flags(ctx, context_flags);
}

/* scdoc reads '_' and '*' as marks. */
static void put_scdoc(FILE *to, const char *text)
{
    for (; *text != '\0'; text++) {
        if (strchr("_*\\#<>[]~`", *text) != NULL)
            fputc('\\', to);
        fputc(*text, to);
    }
}

static void put_scdoc_flags(FILE *to, const struct flag *flags)
{
    for (; flags != NULL && flags->name != NULL; flags++) {
        fprintf(to, "\t*--%s*", flags->name);
        if (flags->arg != NULL)
            fprintf(to, " _%s_", flags->arg);
        fputs("\n\t\t", to);
        put_scdoc(to, _(flags->help));
        if (flags->values != NULL)
            fprintf(to, " (%s)", flags->values);
        fputs("\n\n", to);
    }
}

void help_man(struct context *ctx)
{
    fprintf(ctx->out, "# OPTIONS\n\n%s\n\n", _("These may stand before or after the verb."));
    put_scdoc_flags(ctx->out, context_flags);
    fputs("# VERBS\n\n", ctx->out);
    for (const struct verb *verb = ctx->verbs; verb->name != NULL; verb++) {
        fprintf(ctx->out, "*%s* ", verb->name);
        put_scdoc(ctx->out, verb->synopsis);
        fputs("\n\t", ctx->out);
        put_scdoc(ctx->out, _(verb->summary));
        fputs(".", ctx->out);
        if (verb->details != NULL) {
            fputc(' ', ctx->out);
            put_scdoc(ctx->out, _(verb->details));
        }
        fputs("\n\n", ctx->out);
        put_scdoc_flags(ctx->out, verb->flags);
    }
}

int verb_help(struct context *ctx)
{
    int words = 0;
    const struct options *options = &ctx->options;
    if (option_has(options, "man")) {
        help_man(ctx);
        return STATUS_DONE;
    }
    if (options->arg_count == 0) {
        help_overview(ctx, NULL);
        return STATUS_DONE;
    }
    const struct verb *verb = context_verb(ctx->verbs, (int)options->arg_count, options->args, &words);
    if (verb == NULL && options->arg_count == 1) {
        for (verb = ctx->verbs; verb->name != NULL; verb++) {
            size_t size = strlen(options->args[0]);
            if (strncmp(verb->name, options->args[0], size) == 0 && verb->name[size] == ' ') {
                help_overview(ctx, options->args[0]);
                return STATUS_DONE;
            }
        }
        verb = NULL;
    }
    if (verb == NULL)
        return fail_usage(ctx, _("there is no verb '%.60s'"), fail_word(ctx, options->args[0]));
    help_verb(ctx, verb);
    return STATUS_DONE;
}
