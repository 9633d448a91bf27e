// Words of the kernel command line. Linux: Documentation/admin-guide/kernel-parameters.rst, and
// kernel/params.c next_arg(): double quotes protect spaces. Single quotes and backslash are ours, for
// programs' arguments.
#include "command_line.h"

static bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

// One word from *in to *out, both moved on; false: a quote stays open, and *in is where it opened.
static bool copy_word(const char **in, char **out) {
    char quote = 0;
    const char *opened = NULL;
    for (;; ++*in) {
        char c = **in;
        if (!c && quote) {
            *in = opened;
            return false;
        }
        if (!c || (!quote && is_blank(c)))
            break;
        if (quote ? c == quote : c == '"' || c == '\'') {
            opened = *in;
            quote = quote ? 0 : c;
            continue;
        }
        if (c == '\\' && quote != '\'' && ((*in)[1] == '"' || (*in)[1] == '\\'))
            c = *++*in;
        *(*out)++ = c;
    }
    *(*out)++ = 0;
    return true;
}

// QEMU's microvm appends its devices at the end, behind the arguments (microvm_fix_kernel_cmdline() in
// hw/i386/microvm.c).
static bool is_machines_own(const char *word) {
    const char *name = "virtio_mmio.device=";
    while (*name && *word == *name)
        word++, name++;
    return !*name;
}

enum command_line_error command_line_split(const char *line, struct command_line *out, size_t *where) {
    size_t length = 0;
    while (line[length])
        length++;
    *where = COMMAND_LINE_MAX;
    if (length > COMMAND_LINE_MAX)
        return COMMAND_LINE_TOO_LONG;

    const char *in = line;
    char *text = out->text;
    bool arguments = false;
    out->word_count = 0;
    for (;;) {
        while (is_blank(*in))
            in++;
        if (!*in)
            break;
        *where = (size_t)(in - line);
        if (!arguments && in[0] == '-' && in[1] == '-' && (!in[2] || is_blank(in[2]))) {
            arguments = true;
            out->first_argument = out->word_count;
            in += 2;
            continue;
        }
        if (out->word_count == COMMAND_LINE_WORDS_MAX)
            return COMMAND_LINE_TOO_MANY_WORDS;
        char *word = text;
        if (!copy_word(&in, &text)) {
            *where = (size_t)(in - line);
            return COMMAND_LINE_OPEN_QUOTE;
        }
        out->words[out->word_count++] = word;
    }
    if (!arguments)
        out->first_argument = out->word_count;
    out->argument_end = out->word_count;
    while (out->argument_end > out->first_argument && is_machines_own(out->words[out->argument_end - 1]))
        out->argument_end--;
    out->has_arguments = arguments;
    return COMMAND_LINE_OK;
}

// ip= (Documentation/admin-guide/nfs/nfsroot.rst) is the one option without a dot: the network's address.
bool command_line_is_option(const char *word) {
    if (word[0] == 'i' && word[1] == 'p' && word[2] == '=')
        return true;
    for (; *word && *word != '='; word++)
        if (*word == '.')
            return true;
    return false;
}

bool command_line_is_variable(const char *word) {
    if (*word == '=' || command_line_is_option(word))
        return false;
    while (*word && *word != '=')
        word++;
    return *word == '=';
}
