/* privacy_report.c - what attacks found, in tables, words, JSON and figures. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <math.h>

#include "src/eval/privacy_priv.h"
#include "src/eval/put.h"

enum { SOURCE_PEOPLE = 100 }; /* of a source, for a figure of its own */
#define HEADERS(h) (h), sizeof(h) / sizeof *(h)

const char *const mk_attack_names[MK_ATTACKS] = {"closest", "ratio", "loss", "gain"};

static const char *const labels[MK_ATTACKS] = {
    "distance to the closest drawn person", "density of drawn persons over that of people",
    "log probability", "log probability over the population's"};

static const char *const boxes[MK_ATTACKS] = {"black", "black", "white", "white"};

/* ---- tables ---- */

static void put_attacks(const MkPrivacy *p, MkResult *result)
{
    static const MkPutHeader headers[] = {{"attack", "Attack"},       {"box", "Box"},
                                          {"members", "Members"},     {"auc", "AUC"},
                                          {"auc_error", "±"},         {"tpr_1", "TPR at 1 %"},
                                          {"tpr_1_error", "±"},       {"tpr_01", "TPR at 0.1 %"},
                                          {"outliers", "Unusual"},    {"auc_outliers", "AUC"},
                                          {"auc_outliers_error", "±"}};
    MkResultTable *const table =
        mk_put_table(result, "Membership", HEADERS(headers), 2, MK_ATTACKS);
    for (size_t k = 0; k < MK_ATTACKS; k++) {
        const MkMembership *const m = &p->all[MK_WAY_AS_IT_IS][k];
        const MkMembership *const few = &p->outliers[MK_WAY_AS_IT_IS][k];
        mk_result_table_cell(result, table, k, 0, labels[k], mk_attack_names[k]);
        mk_result_table_cell(result, table, k, 1, boxes[k], NULL);
        mk_put_count(result, table, k, 2, m->n_members);
        mk_put_number(result, table, k, 3, m->auc, 3);
        mk_put_number(result, table, k, 4, m->auc_error, 3);
        mk_put_number(result, table, k, 5, m->tpr_1, 4);
        mk_put_number(result, table, k, 6, m->tpr_1_error, 4);
        mk_put_number(result, table, k, 7, m->tpr_01, 4);
        mk_put_count(result, table, k, 8, few->n_members);
        mk_put_number(result, table, k, 9, few->auc, 3);
        mk_put_number(result, table, k, 10, few->auc_error, 3);
    }
}

/* People of some sources may be told apart where those of others are not. */
static void put_sources(const MkPrivacy *p, MkResult *result, MkNode *root)
{
    static const MkPutHeader headers[] = {{"source", "Source"},   {"members", "Members"},
                                          {"closest", "Closest"}, {"ratio", "Ratio"},
                                          {"loss", "Loss"},       {"gain", "Gain"}};
    MkResultTable *const table =
        mk_put_table(result, "AUC by source", HEADERS(headers), 1, p->n_sources);
    MkNode *const list = mk_node_array(result, root, "by_source");
    for (size_t t = 0; t < p->n_sources; t++) {
        MkNode *const node = mk_node_object(result, list, NULL);
        const char *const name = p->parts[t].source;
        mk_result_table_cell(result, table, t, 0, name, NULL);
        mk_put_count(result, table, t, 1, p->of_source[t][0].n_members);
        (void)mk_node_string(result, node, "source", name);
        (void)mk_node_number(result, node, "members", (double)p->of_source[t][0].n_members);
        for (size_t k = 0; k < MK_ATTACKS; k++) {
            const MkMembership *const m = &p->of_source[t][k];
            const MkMeasured auc = {m->auc, m->auc_error};
            mk_put_measured(result, table, t, 2 + k, auc, 3);
            mk_put_measured_node(result, node, mk_attack_names[k], auc);
        }
    }
}

static void put_copies(const MkPrivacy *p, MkResult *result)
{
    static const MkPutHeader headers[] = {{"statistic", "Drawn persons beside"},
                                          {"members", "Members"},
                                          {"others", "Held out"},
                                          {"ideal", "Ideal"}};
    const MkAttack *const a = &p->attack;
    MkResultTable *const table = mk_put_table(result, "Copies", HEADERS(headers), 1, 4);
    const struct {
        const char *key, *label, *ideal;
        double members, others;
        int digits;
    } rows[] = {
        {"dcr_share", "share that is closer to them", "equal", a->share, 1.0 - a->share, 3},
        {"dcr", "distance to the closest, median", "equal", a->distance_members, a->distance_others,
         4},
        {"nndr", "closest over second closest, median", "equal", a->ratio_members, a->ratio_others,
         4},
        {"copied", "share of people who are copied exactly", "equal", p->copies_members,
         p->copies_others, 4},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        mk_result_table_cell(result, table, i, 0, rows[i].label, rows[i].key);
        mk_put_number(result, table, i, 1, rows[i].members, rows[i].digits);
        mk_put_number(result, table, i, 2, rows[i].others, rows[i].digits);
        mk_result_table_cell(result, table, i, 3, rows[i].ideal, NULL);
    }
}

static void put_shadows(const MkPrivacy *p, MkResult *result, MkNode *root)
{
    static const MkPutHeader headers[] = {
        {"name", "Shadow models"},   {"attack", "Attack"},         {"shadows", "Models"},
        {"people", "People"},        {"attributes", "Attributes"}, {"auc", "AUC"},
        {"auc_standard_error", "±"}, {"tpr_1", "TPR at 1 %"},      {"tpr_1_standard_error", "±"}};
    MkResultTable *const table = mk_put_table(result, "Membership, attacked with shadow models",
                                              HEADERS(headers), 2, p->n_shadows);
    MkNode *const list = mk_node_array(result, root, "shadows");
    for (size_t i = 0; i < p->n_shadows; i++) {
        const MkShadow *const s = &p->shadows[i];
        const double numbers[] = {s->shadows,   s->people, s->attributes, s->auc,
                                  s->auc_error, s->tpr_1,  s->tpr_1_error};
        MkNode *const node = mk_node_object(result, list, NULL);
        mk_result_table_cell(result, table, i, 0, s->name, NULL);
        mk_result_table_cell(result, table, i, 1, s->attack, NULL);
        (void)mk_node_string(result, node, "name", s->name);
        (void)mk_node_string(result, node, "kind", s->kind);
        (void)mk_node_string(result, node, "attack", s->attack);
        for (size_t c = 0; c < sizeof numbers / sizeof *numbers; c++) {
            mk_put_number(result, table, i, 2 + c, numbers[c], c < 3 ? 0 : 3);
            mk_put_node(result, node, headers[2 + c].key, numbers[c]);
        }
    }
    mk_result_note(result,
                   "Shadow models (%s; %s): kind %s, %.0f people, %.0f attributes; each was "
                   "attacked with what the others tell (LiRA).",
                   p->shadows_path, p->shadows_own ? "made for this file" : "of the same kind",
                   p->shadows[0].kind, p->shadows[0].people, p->shadows[0].attributes);
}

/* ---- JSON ---- */

static void put_membership(MkResult *result, MkNode *node, const MkMembership *m)
{
    (void)mk_node_number(result, node, "members", (double)m->n_members);
    (void)mk_node_number(result, node, "others", (double)m->n_others);
    mk_put_node(result, node, "auc", m->auc);
    mk_put_node(result, node, "auc_standard_error", m->auc_error);
    mk_put_node(result, node, "tpr_1", m->tpr_1);
    mk_put_node(result, node, "tpr_1_standard_error", m->tpr_1_error);
    mk_put_node(result, node, "tpr_01", m->tpr_01);
    mk_put_node(result, node, "tpr_01_standard_error", m->tpr_01_error);
}

static void put_nodes(const MkPrivacy *p, MkResult *result, MkNode *root)
{
    const MkAttack *const a = &p->attack;
    (void)mk_node_number(result, root, "sources", (double)p->n_sources);
    (void)mk_node_number(result, root, "members", (double)p->n_pairs);
    (void)mk_node_number(result, root, "others", (double)p->n_pairs);
    (void)mk_node_number(result, root, "persons", (double)a->n_persons);
    mk_put_node(result, root, "attributes", a->attributes);
    MkNode *const list = mk_node_array(result, root, "attacks");
    for (size_t k = 0; k < MK_ATTACKS; k++) {
        MkNode *const node = mk_node_object(result, list, NULL);
        (void)mk_node_string(result, node, "attack", mk_attack_names[k]);
        (void)mk_node_string(result, node, "box", boxes[k]);
        put_membership(result, node, &p->all[MK_WAY_AS_IT_IS][k]);
        put_membership(result, mk_node_object(result, node, "outliers"),
                       &p->outliers[MK_WAY_AS_IT_IS][k]);
        MkNode *const turned = mk_node_object(result, node, "turned");
        put_membership(result, turned, &p->all[MK_WAY_TURNED][k]);
        put_membership(result, mk_node_object(result, turned, "outliers"),
                       &p->outliers[MK_WAY_TURNED][k]);
    }
    MkNode *const dcr = mk_node_object(result, root, "closest_record");
    mk_put_node(result, dcr, "share", a->share);
    mk_put_node(result, dcr, "share_standard_error", a->share_error);
    mk_put_node(result, dcr, "score", fmin(2.0 * (1.0 - a->share), 1.0));
    mk_put_node(result, dcr, "distance_members", a->distance_members);
    mk_put_node(result, dcr, "distance_others", a->distance_others);
    mk_put_node(result, dcr, "ratio_members", a->ratio_members);
    mk_put_node(result, dcr, "ratio_others", a->ratio_others);
    MkNode *const copies = mk_node_object(result, root, "exact_copies");
    mk_put_node(result, copies, "members", p->copies_members);
    mk_put_node(result, copies, "others", p->copies_others);
    mk_put_node(result, copies, "excess", p->copies_members - p->copies_others);
    mk_put_node(result, copies, "excess_standard_error", p->copies_error);
}

/* ---- figures ---- */

/* The attack that does best, either way round: a score that is low for members tells them as well
 * as one that is high. */
static const MkMembership *best(const MkMembership m[MK_WAYS][MK_ATTACKS])
{
    const MkMembership *found = &m[0][0];
    for (size_t i = 1; i < (size_t)MK_WAYS * MK_ATTACKS; i++) {
        const MkMembership *const one = &m[i / MK_ATTACKS][i % MK_ATTACKS];
        found = !(one->auc <= found->auc) && !isnan(one->auc) ? one : found;
    }
    return found;
}

static const MkMembership *surest(const MkMembership m[MK_WAYS][MK_ATTACKS])
{
    const MkMembership *found = &m[0][0];
    for (size_t i = 1; i < (size_t)MK_WAYS * MK_ATTACKS; i++) {
        const MkMembership *const one = &m[i / MK_ATTACKS][i % MK_ATTACKS];
        found = !(one->tpr_1 <= found->tpr_1) && !isnan(one->tpr_1) ? one : found;
    }
    return found;
}

/* The source whose people an attack tells best, either way round, of those with enough of them. */
static MkStatus say_worst_source(const MkPrivacy *p, MkSection *out, MkError *err)
{
    const MkMembership *worst = NULL;
    const char *source = "";
    for (size_t t = 0; t < p->n_sources && p->n_sources > 1; t++) {
        for (size_t k = 0; k < MK_ATTACKS; k++) {
            const MkMembership *const m = &p->of_source[t][k];
            if (m->n_members >= SOURCE_PEOPLE && !isnan(m->auc) &&
                (worst == NULL || fabs(m->auc - 0.5) > fabs(worst->auc - 0.5))) {
                worst = m;
                source = p->parts[t].source;
            }
        }
    }
    if (worst == NULL) {
        return MK_OK;
    }
    const char *const label = mk_arena_printf(
        out->arena, "membership, AUC, the source and attack farthest off: %s", source);
    return mk_section_figure(out, "membership_auc_source", label != NULL ? label : "",
                             fmax(worst->auc, 1.0 - worst->auc), worst->auc_error, err);
}

static MkStatus say_attacks(const MkPrivacy *p, MkSection *out, MkError *err)
{
    const MkMembership *const all = best(p->all), *const few = best(p->outliers);
    const MkMembership *const sure = surest(p->all);
    MK_TRY(mk_section_figure(out, "membership_auc",
                             "membership, AUC of the best attack, either way round", all->auc,
                             all->auc_error, err));
    MK_TRY(mk_section_figure(out, "membership_tpr_1", "membership, found at 1 % false positives",
                             sure->tpr_1, sure->tpr_1_error, err));
    MK_TRY(mk_section_figure(out, "membership_tpr_01", "membership, found at 0.1 %", sure->tpr_01,
                             sure->tpr_01_error, err));
    MK_TRY(say_worst_source(p, out, err));
    return mk_section_figure(out, "membership_auc_outliers", "membership of unusual people, AUC",
                             few->auc, few->auc_error, err);
}

static MkStatus say_copies(const MkPrivacy *p, MkSection *out, MkError *err)
{
    const MkAttack *const a = &p->attack;
    MK_TRY(mk_section_figure(out, "dcr_share", "drawn persons closer to training people", a->share,
                             a->share_error, err));
    MK_TRY(mk_section_figure(out, "dcr_score", "closest record, score",
                             fmin(2.0 * (1.0 - a->share), 1.0), 2.0 * a->share_error, err));
    MK_TRY(mk_section_figure(out, "nndr_gap", "nearest-neighbour ratio, held out over members",
                             a->ratio_others - a->ratio_members, NAN, err));
    MK_TRY(mk_section_figure(
        out, "exact_copies", "training people copied exactly", p->copies_members,
        sqrt(p->copies_members * (1.0 - p->copies_members) / fmax((double)p->n_pairs, 1.0)), err));
    return mk_section_figure(
        out, "exact_copies_excess", "exact copies beyond chance and two standard errors",
        fmax(p->copies_members - p->copies_others - 2.0 * p->copies_error, 0.0), p->copies_error,
        err);
}

/* Of a score or of minus it. */
static double either_way(const MkShadow *s)
{
    return fmax(s->auc, 1.0 - s->auc);
}

static MkStatus say_shadows(const MkPrivacy *p, MkSection *out, MkError *err)
{
    const MkShadow *auc = &p->shadows[0], *rate = &p->shadows[0];
    for (size_t i = 1; i < p->n_shadows; i++) {
        auc = either_way(&p->shadows[i]) > either_way(auc) ? &p->shadows[i] : auc;
        rate = p->shadows[i].tpr_1 > rate->tpr_1 ? &p->shadows[i] : rate;
    }
    MK_TRY(mk_section_figure(out, "membership_auc_shadow", "membership in shadow models, AUC",
                             either_way(auc), auc->auc_error, err));
    return mk_section_figure(out, "membership_tpr_1_shadow",
                             "membership in shadow models, found at 1 %", rate->tpr_1,
                             rate->tpr_1_error, err);
}

/* ---- all ---- */

static void say_threats(const MkPrivacy *p, MkResult *result)
{
    const MkAttack *const a = &p->attack;
    mk_result_note(result,
                   "Membership: %zu training people and as many held-out people of the same %zu "
                   "sources, all of whose values (%.0f on the mean) the attacker knows. 0.5 is "
                   "guessing; the rate is that of training people found while 1 %% of the held-out "
                   "people are taken for them.",
                   p->n_pairs, p->n_sources, a->attributes);
    mk_result_note(result,
                   "Black box: the attacker has %zu complete persons drawn for these sources. "
                   "White box: the model's file. Unusual: the 5 %% of a source that are furthest "
                   "from its other people.",
                   a->n_persons);
    mk_result_note(
        result, "Figures of the best attack count each attack as it is and turned round (an AUC "
                "of 0.4 tells as much as one of 0.6). The best of several is too high by chance: "
                "of four independent guesses it is 1.5 standard errors above 0.5 on the mean.");
    mk_result_note(result, "Exact copies: what held-out people have of them is chance, as where a "
                           "person has few values with few levels.");
}

MkStatus mk_privacy_report(const MkTrial *trial, const MkPrivacy *p, MkSection *out, MkError *err)
{
    MkResult *const result = out->result;
    (void)mk_node_bool(result, out->node, "is_measured", p->n_pairs > 0);
    if (p->n_pairs > 0) {
        put_attacks(p, result);
        if (p->n_sources > 1) {
            put_sources(p, result, out->node);
        }
        put_copies(p, result);
        put_nodes(p, result, out->node);
        say_threats(p, result);
        MK_TRY(say_attacks(p, out, err));
        MK_TRY(say_copies(p, out, err));
    } else {
        mk_result_note(result, trial->train == NULL || trial->n_train == 0
                                   ? "Privacy is not measured: it takes the people that the model "
                                     "was trained on (--train)."
                                   : "Privacy is not measured: no source has ten held-out people "
                                     "and ten training people.");
    }
    if (p->n_shadows > 0) {
        put_shadows(p, result, out->node);
        MK_TRY(say_shadows(p, out, err));
    } else {
        mk_result_note(result, "No attacks with shadow models: make privacy writes %s.",
                       p->shadows_path);
    }
    return mk_result_status(result, err);
}
