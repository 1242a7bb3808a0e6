/* card.c - the model's card: what it was trained on, how good it is, where its limits are. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <stdio.h>

#include "src/result/node.h"
#include "ui/view/markdown.h"
#include "ui/view/screens.h"
#include "ui/view/view.h"

typedef struct Card {
    MkPager pager;
    MkResult *result; /* of `model card`; NULL before the first */
    size_t width;     /* the lines were broken for */
} Card;

static void release(void *state)
{
    Card *card = state;
    mk_pager_release(&card->pager);
    mk_result_free(card->result);
}

static MkPager *pager(const MkApp *app)
{
    return &((Card *)mk_screen_state(app, MK_SCREEN_CARD))->pager;
}

static bool take(MkApp *app, const MkMsg *msg)
{
    Card *card = mk_screen_state(app, MK_SCREEN_CARD);
    if (mk_node_text(msg->result->data, "card")[0] == '\0') {
        return false;
    }
    MkResult *kept = mk_result_keep(msg->result);
    mk_result_free(card->result);
    card->result = kept;
    card->width = 0;
    card->pager.top = 0;
    return true;
}

/* Lines fit the screen; in another width the same share of the text is on top. */
static void arrange(MkApp *app, MkRect body)
{
    enum { MOST = 110 }; /* cells that eyes follow */
    Card *card = mk_screen_state(app, MK_SCREEN_CARD);
    const size_t width = body.w < MOST ? body.w : MOST;
    if (card->result == NULL || width == card->width || width == 0) {
        return;
    }
    const size_t top = card->pager.top, n = card->pager.n_lines;
    MkBuf text, roles;
    mk_buf_init(&text);
    mk_buf_init(&roles);
    mk_markdown_lines(mk_node_text(card->result->data, "card"), width, &text, &roles);
    if (mk_pager_set(&card->pager, "", text.data)) {
        mk_pager_color(&card->pager, roles.data, roles.len);
        card->pager.top = n > 0 ? top * card->pager.n_lines / n : 0;
        card->width = width;
    }
    mk_buf_release(&text);
    mk_buf_release(&roles);
}

static void view(const MkApp *app, MkGrid *grid, MkRect body)
{
    mk_pager_view(pager(app), grid, body);
}

static void heading(const MkApp *app, char *out, size_t size)
{
    const Card *card = mk_screen_state(app, MK_SCREEN_CARD);
    const MkNode *data = card->result != NULL ? card->result->data : NULL;
    snprintf(out, size, "%.60s %.30s · %.0f people · %.0f attributes", mk_node_text(data, "model"),
             mk_node_text(data, "version"),
             mk_node_value(mk_node_member(data, "population"), "trained_on"),
             mk_node_value(mk_node_member(data, "schema"), "attributes"));
}

const MkScreenOps mk_card_screen = {.kind = MK_SCREEN_CARD,
                                    .title = "Model",
                                    .place = MK_IN_CARD,
                                    .verbs = "model",
                                    .state_bytes = sizeof(Card),
                                    .release = release,
                                    .view = view,
                                    .arrange = arrange,
                                    .take = take,
                                    .pager = pager,
                                    .heading = heading};
