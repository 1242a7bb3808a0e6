#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "src/data/expr.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "src/base/text.h"
#include "src/data/tsv.h"

/* Bounds of what a mapping may hold: the parser and the evaluation recurse. */
enum { MAX_DEPTH = 64, MAX_NODES = 2000, MAX_CODES = 64, NAME_BYTES = 256 };

typedef enum Op {
    OP_NUMBER,
    OP_VARIABLE,
    OP_NEGATE,
    OP_NOT,
    OP_ADD,
    OP_SUBTRACT,
    OP_MULTIPLY,
    OP_DIVIDE,
    OP_EQ,
    OP_NE,
    OP_LT,
    OP_LE,
    OP_GT,
    OP_GE,
    OP_AND,
    OP_OR,
    OP_MEAN,
    OP_SUM,
    OP_MIN,
    OP_MAX,
    OP_COUNT,
    OP_TALLY,
    OP_FIRST,
    OP_IF,
    OP_ISNA,
    OP_HOURS,
    OP_ROWS_MEAN,
    OP_PARSED,
    OP_FLOOR,
    OP_ABS,
    OP_LOG
} Op;

struct MkExprNode {
    Op op;
    double number;       /* OP_NUMBER */
    size_t variable;     /* OP_VARIABLE, OP_TALLY */
    const double *codes; /* OP_TALLY */
    size_t n_codes;
    struct MkExprNode *child, *next; /* first operand; next operand of the same parent */
};
typedef struct MkExprNode Node;

typedef struct Parser {
    MkArena *arena;
    const char *where, *text, *at;
    MkError *err;
    MkExpr *expr;
    size_t cap, n_nodes, depth;
    MkStatus status;
} Parser;

static Node *fail(Parser *p, const char *expected)
{
    if (p->status == MK_OK) {
        char shown[MK_SHOWN];
        p->status =
            mk_fail(p->err, MK_EFORMAT, "%s: found '%s' at character %zu, expected %s", p->where,
                    mk_shown(p->at, strlen(p->at), shown), (size_t)(p->at - p->text) + 1, expected);
    }
    return NULL;
}

static Node *no_memory(Parser *p)
{
    if (p->status == MK_OK) {
        p->status = mk_fail(p->err, MK_ENOMEM, "%s: out of memory", p->where);
    }
    return NULL;
}

static void skip_blanks(Parser *p)
{
    while (*p->at == ' ') {
        p->at++;
    }
}

/* Takes the sign when it stands next. */
static bool take(Parser *p, const char *sign)
{
    skip_blanks(p);
    const size_t len = strlen(sign);
    if (strncmp(p->at, sign, len) != 0) {
        return false;
    }
    p->at += len;
    return true;
}

static Node *node_new(Parser *p, Op op, Node *first, Node *second)
{
    if (p->status != MK_OK) {
        return NULL;
    }
    if (++p->n_nodes > MAX_NODES) {
        return fail(p, "a shorter expression");
    }
    Node *node = mk_arena_zeros(p->arena, 1, sizeof *node);
    if (node == NULL) {
        return no_memory(p);
    }
    node->op = op;
    node->child = first;
    if (first != NULL) {
        first->next = second;
    }
    return node;
}

static bool is_name_start(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* The name between backquotes, whatever is in it. */
static bool take_quoted(Parser *p, char out[NAME_BYTES])
{
    const char *const end = strchr(p->at + 1, '`');
    const size_t n = end == NULL ? 0 : (size_t)(end - p->at) - 1;
    if (n == 0 || n >= NAME_BYTES) {
        return false;
    }
    memcpy(out, p->at + 1, n);
    out[n] = '\0';
    p->at = end + 1;
    return true;
}

/* A name into out; false when none stands next or it is too long. `also` is one more character that
 * it may hold. */
static bool take_name(Parser *p, char also, char out[NAME_BYTES])
{
    size_t n = 0;
    skip_blanks(p);
    if (*p->at == '`') {
        return take_quoted(p, out);
    }
    while (is_name_start(p->at[n]) || (n > 0 && is_digit(p->at[n])) ||
           (also != '\0' && p->at[n] == also)) {
        if (n + 1 >= NAME_BYTES) {
            return false;
        }
        out[n] = p->at[n];
        n++;
    }
    out[n] = '\0';
    p->at += n;
    return n > 0;
}

static Node *parse_number(Parser *p)
{
    const char *end = p->at;
    while (is_digit(*end) || *end == '.') {
        end++;
    }
    const size_t sign = *end != '\0' && (end[1] == '-' || end[1] == '+') ? 2 : 1;
    if ((*end == 'e' || *end == 'E') && is_digit(end[sign])) {
        for (end += sign; is_digit(*end); end++) {
        }
    }
    double x;
    if (!mk_text_double(p->at, (size_t)(end - p->at), '.', &x)) {
        return fail(p, "a number");
    }
    p->at = end;
    Node *node = node_new(p, OP_NUMBER, NULL, NULL);
    if (node != NULL) {
        node->number = x;
    }
    return node;
}

/* Adds a variable to the expression's list. */
static bool add_variable(Parser *p, const MkExprVariable *variable, size_t *index)
{
    MkExpr *e = p->expr;
    if (e->n_variables == p->cap) {
        const size_t cap = p->cap == 0 ? 8 : 2 * p->cap;
        MkExprVariable *list = mk_arena_array(p->arena, cap, sizeof *list);
        if (list == NULL) {
            return no_memory(p) != NULL;
        }
        if (e->n_variables > 0) {
            memcpy(list, e->variables, e->n_variables * sizeof *list);
        }
        e->variables = list;
        p->cap = cap;
    }
    *index = e->n_variables;
    e->variables[e->n_variables++] = *variable;
    return true;
}

/* first: the name already read, which a dot makes the name of a table. */
static Node *parse_variable(Parser *p, const char *first, char also, Op op)
{
    char second[NAME_BYTES];
    MkExprVariable v = {.table = "", .name = first, .is_pattern = op == OP_TALLY};
    if (*p->at == '.') {
        p->at++;
        if (!take_name(p, also, second)) {
            return fail(p, "the name of a variable");
        }
        v.table = mk_arena_strdup(p->arena, first);
        v.name = second;
    }
    v.name = mk_arena_strdup(p->arena, v.name);
    Node *node = node_new(p, op, NULL, NULL);
    if (v.name == NULL || v.table == NULL) {
        return no_memory(p);
    }
    if (node == NULL || !add_variable(p, &v, &node->variable)) {
        return NULL;
    }
    return node;
}

static Node *parse_or(Parser *p);

/* One code of a tally: a number, or a word, which becomes the number of its place. */
static bool parse_code(Parser *p, double *code, const char **word)
{
    char name[NAME_BYTES];
    const bool is_negative = take(p, "-");
    skip_blanks(p);
    *word = NULL;
    if (!is_negative && take_name(p, '\0', name)) {
        *word = mk_arena_strdup(p->arena, name);
        return *word != NULL || no_memory(p) != NULL;
    }
    const Node *number = is_digit(*p->at) || *p->at == '.' ? parse_number(p) : fail(p, "a code");
    *code = number == NULL ? 0.0 : number->number;
    *code = is_negative ? -*code : *code;
    return number != NULL;
}

/* The codes of a tally into its node: all numbers or all words. */
static Node *keep_codes(Parser *p, Node *node, double *codes, const char *const *words, size_t n)
{
    size_t n_words = 0;
    for (size_t i = 0; i < n; i++) {
        n_words += words[i] != NULL;
    }
    if (n_words != 0 && n_words != n) {
        return fail(p, "only numbers or only words as codes");
    }
    for (size_t i = 0; i < n_words; i++) {
        codes[i] = (double)(i + 1);
    }
    double *kept = mk_arena_array(p->arena, n, sizeof *kept);
    const char **kept_words = mk_arena_array(p->arena, n, sizeof *kept_words);
    if (kept == NULL || kept_words == NULL) {
        return no_memory(p);
    }
    memcpy(kept, codes, n * sizeof *kept);
    memcpy(kept_words, words, n * sizeof *kept_words);
    node->codes = kept;
    node->n_codes = n;
    if (n_words > 0) {
        MkExprVariable *v = &p->expr->variables[node->variable];
        v->use = MK_EXPR_WORD;
        v->words = kept_words;
        v->n_words = n;
    }
    return node;
}

/* PATTERN, code, ... ) */
static Node *parse_tally(Parser *p)
{
    char name[NAME_BYTES];
    if (!take_name(p, '?', name)) {
        return fail(p, "a pattern of variable names");
    }
    Node *node = parse_variable(p, name, '?', OP_TALLY);
    double codes[MAX_CODES];
    const char *words[MAX_CODES];
    size_t n = 0;
    while (node != NULL && take(p, ",")) {
        if (n == MAX_CODES) {
            return fail(p, "at most 64 codes");
        }
        if (!parse_code(p, &codes[n], &words[n])) {
            return NULL;
        }
        n++;
    }
    if (node == NULL || n == 0 || !take(p, ")")) {
        return fail(p, "codes after the pattern, then )");
    }
    return keep_codes(p, node, codes, words, n);
}

typedef struct Function {
    const char *name;
    Op op;
    size_t min_args, max_args;
} Function;

static const Function functions[] = {
    {"mean", OP_MEAN, 1, MAX_NODES},
    {"sum", OP_SUM, 1, MAX_NODES},
    {"min", OP_MIN, 1, MAX_NODES},
    {"max", OP_MAX, 1, MAX_NODES},
    {"count", OP_COUNT, 1, MAX_NODES},
    {"first", OP_FIRST, 1, MAX_NODES},
    {"tally", OP_TALLY, 2, 2},
    {"if", OP_IF, 3, 3},
    {"isna", OP_ISNA, 1, 1},
    {"hours", OP_HOURS, 1, 1},
    {"rows_mean", OP_ROWS_MEAN, 1, 1},
    {"number", OP_PARSED, 1, 1},
    {"floor", OP_FLOOR, 1, 1},
    {"abs", OP_ABS, 1, 1},
    {"log", OP_LOG, 1, 1},
};

static const Function *find_function(const char *name)
{
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
        if (strcmp(functions[i].name, name) == 0) {
            return &functions[i];
        }
    }
    return NULL;
}

/* What a function takes that works on nothing but a variable; NULL for the others. */
static const char *needs_variable(Op op)
{
    switch (op) {
    case OP_HOURS:
        return "hours(VARIABLE)";
    case OP_ROWS_MEAN:
        return "rows_mean(VARIABLE)";
    case OP_PARSED:
        return "number(VARIABLE)";
    default:
        return NULL;
    }
}

/* Notes on a variable that is a direct argument of one of the functions that treat variables
 * specially. */
static Node *mark_arguments(Parser *p, Node *call)
{
    for (Node *arg = call->child; arg != NULL; arg = arg->next) {
        if (arg->op != OP_VARIABLE) {
            if (needs_variable(call->op) != NULL) {
                return fail(p, needs_variable(call->op));
            }
            continue;
        }
        MkExprVariable *v = &p->expr->variables[arg->variable];
        v->rows = call->op == OP_FIRST       ? MK_ROWS_FIRST
                  : call->op == OP_ROWS_MEAN ? MK_ROWS_MEAN
                                             : MK_ROWS_ONE;
        if (call->op == OP_HOURS) {
            v->use = MK_EXPR_HOURS;
        } else if (call->op == OP_PARSED) {
            v->use = MK_EXPR_PARSED;
        } else if (call->op == OP_ISNA) {
            v->use = MK_EXPR_PRESENT;
        }
    }
    return call;
}

/* The arguments and ) behind NAME( */
static Node *parse_call(Parser *p, const Function *f)
{
    if (f->op == OP_TALLY) {
        return parse_tally(p);
    }
    Node *call = node_new(p, f->op, NULL, NULL);
    Node **link = call == NULL ? NULL : &call->child;
    size_t n = 0;
    do {
        Node *arg = p->status == MK_OK ? parse_or(p) : NULL;
        if (arg == NULL || link == NULL) {
            return NULL;
        }
        *link = arg;
        link = &arg->next;
        n++;
    } while (take(p, ","));
    if (n < f->min_args || n > f->max_args || !take(p, ")")) {
        return fail(p, f->max_args == 3 ? "three arguments, then )" : ", or ) after an argument");
    }
    return mark_arguments(p, call);
}

static Node *parse_word(Parser *p)
{
    char name[NAME_BYTES];
    const bool is_quoted = *p->at == '`';
    if (!take_name(p, '\0', name)) {
        return fail(p, "a number, a variable or a function");
    }
    if (is_quoted) {
        return parse_variable(p, name, '\0', OP_VARIABLE);
    }
    if (strcmp(name, "na") == 0) {
        Node *node = node_new(p, OP_NUMBER, NULL, NULL);
        if (node != NULL) {
            node->number = NAN;
        }
        return node;
    }
    const Function *f = find_function(name);
    if (take(p, "(")) {
        return f != NULL ? parse_call(p, f) : fail(p, "a known function before (");
    }
    return parse_variable(p, name, '\0', OP_VARIABLE);
}

static Node *parse_primary(Parser *p)
{
    skip_blanks(p);
    if (is_digit(*p->at) || (*p->at == '.' && is_digit(p->at[1]))) {
        return parse_number(p);
    }
    if (take(p, "(")) {
        Node *inner = parse_or(p);
        return inner == NULL || take(p, ")") ? inner : fail(p, ")");
    }
    return parse_word(p);
}

static Node *parse_unary(Parser *p)
{
    Node *node;
    if (++p->depth > MAX_DEPTH) {
        return fail(p, "fewer parentheses");
    }
    skip_blanks(p);
    if (*p->at == '-') {
        p->at++;
        Node *inner = parse_unary(p);
        node = inner == NULL ? NULL : node_new(p, OP_NEGATE, inner, NULL);
    } else if (*p->at == '!' && p->at[1] != '=') {
        p->at++;
        Node *inner = parse_unary(p);
        node = inner == NULL ? NULL : node_new(p, OP_NOT, inner, NULL);
    } else {
        node = parse_primary(p);
    }
    p->depth--;
    return node;
}

typedef struct Sign {
    const char *text;
    Op op;
} Sign;

/* Longer signs stand before their beginnings. */
static const Sign signs_or[] = {{"||", OP_OR}, {NULL, OP_OR}};
static const Sign signs_and[] = {{"&&", OP_AND}, {NULL, OP_AND}};
static const Sign signs_compare[] = {{"==", OP_EQ}, {"!=", OP_NE}, {"<=", OP_LE}, {">=", OP_GE},
                                     {"<", OP_LT},  {">", OP_GT},  {NULL, OP_EQ}};
static const Sign signs_add[] = {{"+", OP_ADD}, {"-", OP_SUBTRACT}, {NULL, OP_ADD}};
static const Sign signs_multiply[] = {{"*", OP_MULTIPLY}, {"/", OP_DIVIDE}, {NULL, OP_ADD}};

/* From the loosest to the tightest. */
static const Sign *const levels[] = {signs_or, signs_and, signs_compare, signs_add, signs_multiply};
enum { N_LEVELS = 5 };

static const Sign *take_sign(Parser *p, const Sign *signs)
{
    for (; signs->text != NULL; signs++) {
        if (take(p, signs->text)) {
            return signs;
        }
    }
    return NULL;
}

static Node *parse_level(Parser *p, size_t level)
{
    if (level == N_LEVELS) {
        return parse_unary(p);
    }
    Node *left = parse_level(p, level + 1);
    while (left != NULL) {
        const Sign *sign = take_sign(p, levels[level]);
        if (sign == NULL) {
            break;
        }
        Node *right = parse_level(p, level + 1);
        left = right == NULL ? NULL : node_new(p, sign->op, left, right);
    }
    return left;
}

static Node *parse_or(Parser *p)
{
    return parse_level(p, 0);
}

MkStatus mk_expr_parse(MkArena *arena, const char *text, const char *where, MkExpr **out,
                       MkError *err)
{
    Parser p = {.arena = arena, .where = where, .text = text, .at = text, .err = err};
    p.expr = mk_arena_zeros(arena, 1, sizeof *p.expr);
    if (p.expr == NULL) {
        (void)no_memory(&p);
        return p.status;
    }
    p.expr->root = parse_or(&p);
    skip_blanks(&p);
    if (p.status == MK_OK && *p.at != '\0') {
        (void)fail(&p, "the end or an operator");
    }
    if (p.status == MK_OK) {
        *out = p.expr;
    }
    return p.status;
}

static double eval(const MkExpr *e, const Node *node, size_t row);

static double truth(bool is_true)
{
    return is_true ? 1.0 : 0.0;
}

/* flat switch: two operands that are there. */
static double combine(Op op, double a, double b)
{
    switch (op) {
    case OP_ADD:
        return a + b;
    case OP_SUBTRACT:
        return a - b;
    case OP_MULTIPLY:
        return a * b;
    case OP_DIVIDE:
        return b == 0.0 ? (double)NAN : a / b;
    case OP_EQ:
        return truth(a == b);
    case OP_NE:
        return truth(a != b);
    case OP_LT:
        return truth(a < b);
    case OP_LE:
        return truth(a <= b);
    case OP_GT:
        return truth(a > b);
    default:
        return truth(a >= b);
    }
}

/* A false operand decides &&, a true one ||, even beside a missing one. */
static double eval_logic(const MkExpr *e, const Node *node, size_t row)
{
    const double a = eval(e, node->child, row);
    const bool decides = node->op == OP_OR;
    if (!isnan(a) && (a != 0.0) == decides) {
        return truth(decides);
    }
    const double b = eval(e, node->child->next, row);
    if (!isnan(b) && (b != 0.0) == decides) {
        return truth(decides);
    }
    return isnan(a) || isnan(b) ? (double)NAN : truth(!decides);
}

static double eval_binary(const MkExpr *e, const Node *node, size_t row)
{
    const double a = eval(e, node->child, row);
    const double b = eval(e, node->child->next, row);
    return isnan(a) || isnan(b) ? (double)NAN : combine(node->op, a, b);
}

/* mean, sum, min, max, count: over what is there. */
static double eval_over(const MkExpr *e, const Node *node, size_t row)
{
    double sum = 0.0, low = INFINITY, high = -INFINITY;
    size_t n = 0, n_true = 0;
    for (const Node *arg = node->child; arg != NULL; arg = arg->next) {
        const double x = eval(e, arg, row);
        if (!isnan(x)) {
            sum += x;
            low = x < low ? x : low;
            high = x > high ? x : high;
            n_true += x != 0.0;
            n++;
        }
    }
    if (n == 0) {
        return (double)NAN;
    }
    switch (node->op) {
    case OP_MEAN:
        return sum / (double)n;
    case OP_SUM:
        return sum;
    case OP_MIN:
        return low;
    case OP_MAX:
        return high;
    default:
        return (double)n_true;
    }
}

static double eval_first(const MkExpr *e, const Node *node, size_t row)
{
    double x = (double)NAN;
    for (const Node *arg = node->child; arg != NULL && isnan(x); arg = arg->next) {
        x = eval(e, arg, row);
    }
    return x;
}

static double eval_tally(const MkExpr *e, const Node *node, size_t row)
{
    const MkExprVariable *v = &e->variables[node->variable];
    size_t n = 0, n_hits = 0;
    for (size_t c = 0; c < v->n_columns; c++) {
        const double x = v->columns[c][row];
        n += isnan(x) ? 0 : 1;
        for (size_t k = 0; k < node->n_codes; k++) {
            n_hits += x == node->codes[k];
        }
    }
    return n == 0 ? (double)NAN : (double)n_hits;
}

/* One operand. */
static double eval_single(const MkExpr *e, const Node *node, size_t row)
{
    const double x = eval(e, node->child, row);
    if (node->op == OP_ISNA) {
        return truth(isnan(x));
    }
    if (isnan(x)) {
        return x;
    }
    switch (node->op) {
    case OP_NEGATE:
        return -x;
    case OP_NOT:
        return truth(x == 0.0);
    case OP_FLOOR:
        return floor(x);
    case OP_ABS:
        return fabs(x);
    case OP_LOG:
        return x > 0.0 ? log(x) : (double)NAN;
    default: /* OP_HOURS, OP_ROWS_MEAN, OP_PARSED: the column already holds them */
        return x;
    }
}

static double eval_if(const MkExpr *e, const Node *node, size_t row)
{
    const double condition = eval(e, node->child, row);
    if (isnan(condition)) {
        return condition;
    }
    const Node *yes = node->child->next;
    return eval(e, condition != 0.0 ? yes : yes->next, row);
}

/* flat switch over the kinds of nodes. */
static double eval(const MkExpr *e, const Node *node, size_t row)
{
    switch (node->op) {
    case OP_NUMBER:
        return node->number;
    case OP_VARIABLE:
        return e->variables[node->variable].columns[0][row];
    case OP_AND:
    case OP_OR:
        return eval_logic(e, node, row);
    case OP_MEAN:
    case OP_SUM:
    case OP_MIN:
    case OP_MAX:
    case OP_COUNT:
        return eval_over(e, node, row);
    case OP_FIRST:
        return eval_first(e, node, row);
    case OP_TALLY:
        return eval_tally(e, node, row);
    case OP_IF:
        return eval_if(e, node, row);
    case OP_NEGATE:
    case OP_NOT:
    case OP_ISNA:
    case OP_HOURS:
    case OP_ROWS_MEAN:
    case OP_PARSED:
    case OP_FLOOR:
    case OP_ABS:
    case OP_LOG:
        return eval_single(e, node, row);
    default:
        return eval_binary(e, node, row);
    }
}

double mk_expr_eval(const MkExpr *expr, size_t row)
{
    return eval(expr, expr->root, row);
}

bool mk_expr_is_variable(const MkExpr *expr)
{
    return expr->root->op == OP_VARIABLE;
}

bool mk_expr_match(const char *pattern, const char *name)
{
    for (; *pattern != '\0' && *name != '\0'; pattern++, name++) {
        if (*pattern != '?' && *pattern != *name) {
            return false;
        }
    }
    return *pattern == *name;
}
