/* Command line, `linli completion`: scripts for bash, zsh and fish written from the verb table. */
#include <string.h>

#include "fail.h"
#include "verbs.h"

static void put_flag_words(FILE *to, const struct flag *flags)
{
    for (; flags != NULL && flags->name != NULL; flags++)
        fprintf(to, " --%s", flags->name);
}

static void bash_cases(struct context *ctx)
{
    for (const struct verb *verb = ctx->verbs; verb->name != NULL; verb++) {
        for (const struct flag *flag = verb->flags; flag != NULL && flag->name != NULL; flag++)
            if (flag->values != NULL)
                fprintf(ctx->out, "        '%s:--%s') words='%s' ;;\n", verb->name, flag->name, flag->values);
        fprintf(ctx->out, "        '%s:'*) words='", verb->name);
        put_flag_words(ctx->out, verb->flags);
        put_flag_words(ctx->out, context_flags);
        fputs("' ;;\n", ctx->out);
    }
}

static void put_first_words(struct context *ctx)
{
    char last[32] = "";
    for (const struct verb *verb = ctx->verbs; verb->name != NULL; verb++) {
        size_t size = strcspn(verb->name, " ");
        if (size < sizeof(last) && (strncmp(last, verb->name, size) != 0 || last[size] != '\0')) {
            fprintf(ctx->out, " %.*s", (int)size, verb->name);
            memcpy(last, verb->name, size);
            last[size] = '\0';
        }
    }
}

static void put_second_words(struct context *ctx)
{
    for (const struct verb *verb = ctx->verbs; verb->name != NULL; verb++) {
        size_t size = strcspn(verb->name, " ");
        if (verb->name[size] == ' ')
            fprintf(ctx->out, "    [ \"$1\" = '%.*s' ] && words=\"$words %s\"\n", (int)size, verb->name,
                    verb->name + size + 1);
    }
}

/* bash and zsh (through bashcompinit) share one function. */
static void complete_bash(struct context *ctx)
{
    fputs("_linli_words() {\n    local words=''\n", ctx->out);
    put_second_words(ctx);
    fputs("    if [ -n \"$words\" ] && [ \"$3\" = 2 ]; then echo \"$words\"; return; fi\n"
          "    case \"$1 $2:$4\" in\n", ctx->out);
    bash_cases(ctx);
    fputs("    esac\n    if [ -z \"$words\" ]; then case \"$1:$4\" in\n", ctx->out);
    bash_cases(ctx);
    fputs("    esac; fi\n    echo \"$words\"\n}\n"
          "_linli() {\n    local current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}\n"
          "    if [ \"$COMP_CWORD\" = 1 ]; then\n        COMPREPLY=($(compgen -W '", ctx->out);
    put_first_words(ctx);
    fputs("' -- \"$current\"))\n    else\n"
          "        COMPREPLY=($(compgen -W \"$(_linli_words \"${COMP_WORDS[1]}\" \"${COMP_WORDS[2]}\" \"$COMP_CWORD\" "
          "\"$before\")\" -- \"$current\"))\n    fi\n}\n"
          "complete -o default -F _linli linli\n", ctx->out);
}

/* fish quotes with single quotes, in which a backslash guards another. */
static void put_quoted(FILE *to, const char *text)
{
    fputc('\'', to);
    for (; *text != '\0'; text++) {
        if (*text == '\'' || *text == '\\')
            fputc('\\', to);
        fputc(*text, to);
    }
    fputc('\'', to);
}

static void fish_flags(struct context *ctx, const char *when, const struct flag *flags)
{
    for (; flags != NULL && flags->name != NULL; flags++) {
        fprintf(ctx->out, "complete -c linli%s -l %s%s -d ", when, flags->name, flags->arg != NULL ? " -r" : "");
        put_quoted(ctx->out, _(flags->help));
        if (flags->values != NULL)
            fprintf(ctx->out, " -f -a '%s'", flags->values);
        fputc('\n', ctx->out);
    }
}

static void complete_fish(struct context *ctx)
{
    char when[160];
    for (const struct verb *verb = ctx->verbs; verb->name != NULL; verb++) {
        size_t first = strcspn(verb->name, " ");
        fprintf(ctx->out, "complete -c linli -n __fish_use_subcommand -f -a '%.*s' -d ", (int)first, verb->name);
        put_quoted(ctx->out, _(verb->summary));
        fputc('\n', ctx->out);
        if (verb->name[first] == ' ') {
            fprintf(ctx->out, "complete -c linli -n '__fish_seen_subcommand_from %.*s' -f -a '%s' -d ", (int)first,
                    verb->name, verb->name + first + 1);
            put_quoted(ctx->out, _(verb->summary));
            fputc('\n', ctx->out);
        }
        snprintf(when, sizeof(when), " -n '__fish_seen_subcommand_from %.*s%s%s'", (int)first, verb->name,
                 verb->name[first] == ' ' ? "; and __fish_seen_subcommand_from " : "",
                 verb->name[first] == ' ' ? verb->name + first + 1 : "");
        fish_flags(ctx, when, verb->flags);
    }
    fish_flags(ctx, "", context_flags);
}

int verb_completion(struct context *ctx)
{
    const char *shell = ctx->options.args[0];
    if (strcmp(shell, "bash") == 0) {
        complete_bash(ctx);
    } else if (strcmp(shell, "zsh") == 0) {
        fputs("#compdef linli\nautoload -U +X bashcompinit && bashcompinit\n", ctx->out);
        complete_bash(ctx);
    } else if (strcmp(shell, "fish") == 0) {
        complete_fish(ctx);
    } else {
        return fail_usage(ctx, _("'%.60s' is none of bash, zsh, fish"), fail_word(ctx, shell));
    }
    return STATUS_DONE;
}
