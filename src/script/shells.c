/* shells.c - completion scripts for bash, zsh and fish, from the verb table.
 *
 * Verbs and options stand in the script; every other word is asked of the program itself (`help
 * --complete LINE`, the completion of the prompt), so that shell and prompt offer the same. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "src/script/shells.h"

#include <string.h>

#include "src/script/call.h"

/* A name of a file: the shell knows those best. */
static bool takes_file(const MkOption *option)
{
    return option->argument != NULL &&
           (strcmp(option->argument, "FILE") == 0 || strncmp(option->argument, "TABLE", 5) == 0);
}

/* Text inside single quotes of a shell. */
static void put_quoted(const char *text, MkBuf *buf)
{
    for (const char *p = text; *p != '\0'; p++) {
        if (*p == '\'') {
            mk_buf_puts(buf, "'\\''");
        } else {
            mk_buf_putc(buf, *p);
        }
    }
}

static bool is_of_shell(const MkVerb *verb)
{
    return (verb->valid & MK_VALID_SHELL) != 0;
}

/* Calls put for every option: the common ones with verb NULL, then those of each verb. */
static void each_option(void (*put)(const MkVerb *verb, const MkOption *option, MkBuf *buf),
                        MkBuf *buf)
{
    size_t n = 0;
    const MkOption *common = mk_common_options(&n);
    for (size_t i = 0; i < n; i++) {
        put(NULL, &common[i], buf);
    }
    const MkVerb *verbs = mk_verbs(&n);
    for (size_t v = 0; v < n; v++) {
        for (size_t i = 0; is_of_shell(&verbs[v]) && i < verbs[v].n_options; i++) {
            put(&verbs[v], &verbs[v].options[i], buf);
        }
    }
}

static void put_verb_names(const char *between, MkBuf *buf)
{
    size_t n = 0;
    const MkVerb *verbs = mk_verbs(&n);
    bool first = true;
    for (size_t i = 0; i < n; i++) {
        if (is_of_shell(&verbs[i])) {
            mk_buf_printf(buf, "%s%s", first ? "" : between, verbs[i].name);
            first = false;
        }
    }
}

/* ---- bash ---- */

static void put_words(const MkOption *options, size_t n, MkBuf *buf)
{
    for (size_t i = 0; i < n; i++) {
        mk_buf_printf(buf, " --%s", options[i].name);
    }
}

static void put_file_option(const MkVerb *verb, const MkOption *option, MkBuf *buf)
{
    (void)verb;
    if (takes_file(option)) {
        mk_buf_printf(buf, " | --%s", option->name);
    }
}

static void put_value_option(const MkVerb *verb, const MkOption *option, MkBuf *buf)
{
    (void)verb;
    if (option->argument != NULL && !takes_file(option)) {
        mk_buf_printf(buf, " | --%s", option->name);
    }
}

static const char BASH_ASK[] =
    "    line=${COMP_LINE:0:COMP_POINT}\n"
    "    word=${line##*[[:blank:]]}\n"
    "    if [ \"$cur\" = = ]; then cur=; fi\n"
    "    head=${word%\"$cur\"}\n"
    "    while IFS=$'\\t' read -r w _; do\n"
    "        case $w in\n"
    "        \"$word\"*) COMPREPLY+=(\"${w#\"$head\"}\") ;;\n"
    "        *) others+=(\"$w\") ;;\n"
    "        esac\n"
    "    done < <(\"${COMP_WORDS[0]}\" --no-config help --complete \"${line#*[[:blank:]]}\" "
    "2>/dev/null "
    "</dev/null)\n"
    "    # Found by a word of their label: several are listed, one takes the word's place.\n"
    "    if [ ${#COMPREPLY[@]} -eq 0 ] && [ -z \"$head\" ]; then\n"
    "        COMPREPLY=(\"${others[@]}\")\n"
    "        [ ${#others[@]} -lt 2 ] || COMPREPLY+=(' ')\n"
    "    fi\n"
    "    case ${COMPREPLY[0]-} in *=) compopt -o nospace 2>/dev/null ;; */) compopt -o nospace "
    "2>/dev/null ;; esac\n";

static void print_bash(MkBuf *buf)
{
    size_t n = 0;
    const MkVerb *verbs = mk_verbs(&n);
    mk_buf_puts(buf, "# bash completion for manikin: manikin help --completion bash\n"
                     "_manikin() {\n"
                     "    local cur=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}\n"
                     "    local line word head w verb= others=()\n"
                     "    local verbs='");
    put_verb_names(" ", buf);
    mk_buf_puts(buf, "'\n    local options='");
    size_t n_common = 0;
    const MkOption *common = mk_common_options(&n_common);
    put_words(common, n_common, buf);
    mk_buf_puts(buf, "'\n    COMPREPLY=()\n"
                     "    for w in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n"
                     "        case \" $verbs \" in *\" $w \"*) verb=$w; break ;; esac\n"
                     "    done\n"
                     "    case $verb in\n");
    for (size_t i = 0; i < n; i++) {
        if (is_of_shell(&verbs[i]) && verbs[i].n_options > 0) {
            mk_buf_printf(buf, "    %s) options+='", verbs[i].name);
            put_words(verbs[i].options, verbs[i].n_options, buf);
            mk_buf_puts(buf, "' ;;\n");
        }
    }
    mk_buf_puts(buf, "    esac\n    case $before in\n    -o");
    each_option(put_file_option, buf);
    mk_buf_puts(buf, ")\n        compopt -o filenames 2>/dev/null\n"
                     "        COMPREPLY=($(compgen -f -- \"$cur\"))\n        return ;;\n"
                     "    -m | -e");
    each_option(put_value_option, buf);
    mk_buf_puts(buf, ") ;;\n    *)\n"
                     "        case $cur in\n"
                     "        -*) COMPREPLY=($(compgen -W \"$options\" -- \"$cur\")); return ;;\n"
                     "        esac\n"
                     "        if [ -z \"$verb\" ]; then\n"
                     "            COMPREPLY=($(compgen -W \"$verbs\" -- \"$cur\"))\n"
                     "            return\n"
                     "        fi ;;\n"
                     "    esac\n");
    mk_buf_puts(buf, BASH_ASK);
    mk_buf_puts(buf, "}\ncomplete -F _manikin manikin\n");
}

/* ---- zsh ---- */

static void put_zsh_described(const char *name, const char *help, MkBuf *buf)
{
    mk_buf_printf(buf, "    '%s:", name);
    put_quoted(help, buf);
    mk_buf_puts(buf, "'\n");
}

static void print_zsh(MkBuf *buf)
{
    size_t n = 0;
    size_t n_common = 0;
    const MkVerb *verbs = mk_verbs(&n);
    const MkOption *common = mk_common_options(&n_common);
    mk_buf_puts(buf,
                "#compdef manikin\n# zsh completion for manikin: manikin help --completion zsh\n"
                "_manikin() {\n"
                "  local -a verbs options plain open other plain_help open_help other_help\n"
                "  local w help verb before=${words[CURRENT-1]} cur=${words[CURRENT]}\n"
                "  verbs=(\n");
    for (size_t i = 0; i < n; i++) {
        if (is_of_shell(&verbs[i])) {
            put_zsh_described(verbs[i].name, verbs[i].help, buf);
        }
    }
    mk_buf_puts(buf, "  )\n  options=(\n");
    for (size_t i = 0; i < n_common; i++) {
        mk_buf_puts(buf, "    '--");
        mk_buf_printf(buf, "%s:", common[i].name);
        put_quoted(common[i].help, buf);
        mk_buf_puts(buf, "'\n");
    }
    mk_buf_puts(buf, "  )\n"
                     "  for w in ${words[2,CURRENT-1]}; do\n"
                     "    if (( ${verbs[(I)$w:*]} )); then verb=$w; break; fi\n"
                     "  done\n  case $verb in\n");
    for (size_t i = 0; i < n; i++) {
        if (!is_of_shell(&verbs[i]) || verbs[i].n_options == 0) {
            continue;
        }
        mk_buf_printf(buf, "  %s) options+=(\n", verbs[i].name);
        for (size_t k = 0; k < verbs[i].n_options; k++) {
            mk_buf_printf(buf, "    '--%s:", verbs[i].options[k].name);
            put_quoted(verbs[i].options[k].help, buf);
            mk_buf_puts(buf, "'\n");
        }
        mk_buf_puts(buf, "  ) ;;\n");
    }
    mk_buf_puts(buf, "  esac\n  case $before in\n  -o");
    each_option(put_file_option, buf);
    mk_buf_puts(buf, ") _files; return ;;\n  -m | -e");
    each_option(put_value_option, buf);
    mk_buf_puts(
        buf,
        ") ;;\n  *)\n"
        "    if [[ $cur == -* ]]; then _describe option options; return; fi\n"
        "    if [[ -z $verb ]]; then _describe verb verbs; return; fi ;;\n"
        "  esac\n"
        "  while IFS=$'\\t' read -r w help; do\n"
        "    if [[ $w != ${cur}* ]]; then other+=($w); other_help+=(\"$w  $help\")\n"
        "    elif [[ $w == *[=/] ]]; then open+=($w); open_help+=(\"$w  $help\")\n"
        "    else plain+=($w); plain_help+=(\"$w  $help\"); fi\n"
        "  done < <(${words[1]} --no-config help --complete \"${(j: :)words[2,CURRENT]}\" "
        "2>/dev/null </dev/null)\n"
        "  if (( $#open + $#plain )); then\n"
        "    (( $#open )) && compadd -l -S '' -d open_help -a open\n"
        "    (( $#plain )) && compadd -l -d plain_help -a plain\n"
        "  elif (( $#other )); then\n"
        "    # Found by a word of their label: several are listed, one takes the word's place.\n"
        "    compadd -U -l -S '' -d other_help -a other\n"
        "    if (( $#other > 1 )); then compstate[insert]=''; compstate[list]='list force'; fi\n"
        "  fi\n"
        "  (( $#open + $#plain + $#other ))\n"
        "}\n"
        "if [[ ${zsh_eval_context[-1]-} == loadautofunc ]]; then _manikin \"$@\"; else compdef "
        "_manikin manikin; fi\n");
}

/* ---- fish ---- */

static void put_fish_option(const MkVerb *verb, const MkOption *option, MkBuf *buf)
{
    static const char *const shorts[][2] = {
        {"model", "m"}, {"output", "o"}, {"execute", "e"}, {"help", "h"}};
    mk_buf_puts(buf, "complete -c manikin");
    if (verb != NULL) {
        mk_buf_printf(buf, " -n '__fish_seen_subcommand_from %s'", verb->name);
    }
    mk_buf_printf(buf, " -l %s", option->name);
    for (size_t i = 0; verb == NULL && i < sizeof shorts / sizeof *shorts; i++) {
        if (strcmp(option->name, shorts[i][0]) == 0) {
            mk_buf_printf(buf, " -s %s", shorts[i][1]);
        }
    }
    if (takes_file(option)) {
        mk_buf_puts(buf, " -r -F");
    } else if (option->argument != NULL) {
        mk_buf_puts(buf, " -x -a '(__manikin_ask)'");
    }
    mk_buf_puts(buf, " -d '");
    for (const char *p = option->help; *p != '\0'; p++) {
        mk_buf_puts(buf, *p == '\'' || *p == '\\' ? "\\" : "");
        mk_buf_putc(buf, *p);
    }
    mk_buf_puts(buf, "'\n");
}

static void print_fish(MkBuf *buf)
{
    size_t n = 0;
    const MkVerb *verbs = mk_verbs(&n);
    mk_buf_puts(buf, "# fish completion for manikin: manikin help --completion fish\n"
                     "set -g __manikin_verbs ");
    put_verb_names(" ", buf);
    mk_buf_puts(buf,
                "\nfunction __manikin_ask\n"
                "    set -l tokens (commandline -opc)\n"
                "    set -l rest $tokens[2..-1] (commandline -ct)\n"
                "    $tokens[1] --no-config help --complete (string join ' ' -- $rest) 2>/dev/null "
                "</dev/null\n"
                "end\n"
                "complete -c manikin -f\n"
                "complete -c manikin -n '__fish_seen_subcommand_from $__manikin_verbs' "
                "-a '(__manikin_ask)'\n");
    for (size_t i = 0; i < n; i++) {
        if (!is_of_shell(&verbs[i])) {
            continue;
        }
        mk_buf_printf(buf,
                      "complete -c manikin -n 'not __fish_seen_subcommand_from $__manikin_verbs' "
                      "-a %s -d '",
                      verbs[i].name);
        for (const char *p = verbs[i].help; *p != '\0'; p++) {
            mk_buf_puts(buf, *p == '\'' || *p == '\\' ? "\\" : "");
            mk_buf_putc(buf, *p);
        }
        mk_buf_puts(buf, "'\n");
    }
    each_option(put_fish_option, buf);
}

/* ---- all ---- */

MkStatus mk_shells_print(const char *shell, MkBuf *buf, MkError *err)
{
    static const struct {
        const char *name;
        void (*print)(MkBuf *buf);
    } shells[] = {{"bash", print_bash}, {"zsh", print_zsh}, {"fish", print_fish}};
    for (size_t i = 0; i < sizeof shells / sizeof *shells; i++) {
        if (strcmp(shell, shells[i].name) == 0) {
            shells[i].print(buf);
            return mk_buf_status(buf, err);
        }
    }
    return mk_fail(err, MK_EINVAL, "--completion %.40s: expected bash, zsh or fish", shell);
}

static void put_candidate(void *ctx, const char *word, const char *help)
{
    mk_buf_printf(ctx, "%s\t%s\n", word, help);
}

MkStatus mk_shells_complete(MkSession *session, const char *line, MkBuf *buf, MkError *err)
{
    mk_session_complete(session, line, strlen(line), put_candidate, buf);
    return mk_buf_status(buf, err);
}
