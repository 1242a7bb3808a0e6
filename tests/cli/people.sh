# people.sh - sourced by the tests: invented people and a small model of them.
#
#   make_people    writes people.csv, people.tsv into the current folder
#   make_data      a data folder $TMPDIR/data with model/tiny.safetensors, used by $manikin from then on
people_seed=7

make_schema() {
    awk 'BEGIN {
        OFS = "\t"
        print "name", "type", "label", "unit", "levels", "category", "min", "max", "resolution"
        print "age", "real", "Age", "years", "", "Demographics", 18, 100, 1
        print "sex", "categorical", "Sex", "", "1=male|2=female", "Demographics", "", "", ""
        print "height", "positive", "Standing height", "cm", "", "Body", 100, 230, 0.1
        print "weight", "positive", "Body weight", "kg", "", "Body", 25, 300, 0.1
        print "bmi", "positive", "Body mass index", "kg/m²", "", "Body", 10, 80, 0.1
        print "waist", "positive", "Waist circumference", "cm", "", "Body", 40, 200, 0.1
        print "systolic_bp", "positive", "Systolic blood pressure", "mmHg", "", "Body", 60, 260, 1
        print "hba1c", "positive", "Glycated hemoglobin (HbA1c)", "%", "", "Blood", 3, 20, 0.1
        print "glucose_fasting", "positive", "Fasting glucose", "mg/dL", "", "Blood", 30, 600, 1
        print "smoking", "categorical", "Cigarette smoking", "", "0=never|1=former|2=current", "Habits", "", "", ""
        print "diet_rating", "ordinal", "How healthy the diet is", "", "1=poor|2=fair|3=good", "Habits", "", "", ""
        print "sleep_hours", "positive", "Sleep on weekdays", "h", "", "Habits", 2, 14, 0.5
        print "fast_food_meals", "count", "Meals from fast food places", "meals/week", "", "Habits", 0, 30, 1
        print "fibre", "positive", "Dietary fibre", "g/day", "", "Nutrients", 0, 150, 0.1
        print "vitamin_c", "positive", "Vitamin C intake", "mg/day", "", "Nutrients", 0, 2000, 0.1
    }'
}

make_people() {
    make_schema >people.tsv
    awk -v seed="$people_seed" -v people="${1:-400}" '
        function n01() { return sqrt(-2 * log(1 - rand())) * cos(6.2831853 * rand()) }
        function at_least(x, low) { return x < low ? low : x }
        function gap(text, share) { return rand() < share ? "" : text }
        BEGIN {
            srand(seed)
            print "person,age,sex,height,weight,bmi,waist,systolic_bp,hba1c,glucose_fasting,smoking," \
                  "diet_rating,sleep_hours,fast_food_meals,fibre,vitamin_c"
            for (i = 1; i <= people; i++) {
                male = rand() < 0.5
                age = int(20 + 60 * rand())
                height = (male ? 176 : 163) + 7 * n01()
                bmi = at_least(28 + 5 * n01() + 0.03 * (age - 50), 16)
                weight = bmi * height * height / 10000
                waist = at_least(2.2 * bmi + 35 + 0.1 * age + 5 * n01(), 50)
                sbp = int(at_least(95 + 0.5 * age + 0.5 * bmi + 12 * n01(), 80))
                hba1c = at_least(4.3 + 0.012 * age + 0.03 * bmi + 0.4 * n01(), 4)
                glucose = int(at_least(30 + 12.5 * hba1c + 6 * n01(), 50))
                habit = n01()
                smoking = habit > 0.9 ? "current" : (habit > 0.2 ? "former" : "never")
                diet = habit + n01()
                rating = diet > 0.9 ? "poor" : (diet > -0.3 ? "fair" : "good")
                fast = int(at_least(2 + habit + n01(), 0))
                fibre = at_least(18 - 3 * habit + 5 * n01(), 2)
                vitamin = at_least(80 - 18 * habit + 30 * n01(), 3)
                printf "p%d,%d,%s,%.1f,%.1f,%s,%s,%s,%s,%s,%s,%s,%.1f,%d,%s,%s\n", i, age,
                    male ? "male" : "female", height, weight, sprintf("%.1f", bmi),
                    gap(sprintf("%.1f", waist), 0.1), gap(sbp, 0.1), gap(sprintf("%.1f", hba1c), 0.15),
                    gap(glucose, 0.5), smoking, gap(rating, 0.05),
                    int(2 * at_least(7 + n01(), 3) + 0.5) / 2, fast, gap(sprintf("%.1f", fibre), 0.1),
                    gap(sprintf("%.1f", vitamin), 0.1)
            }
        }' >people.csv
}

make_data() {
    mkdir -p "$TMPDIR/data/model" "$TMPDIR/data/scenarios"
    (cd "$TMPDIR" && make_people) || return 1
    "$manikin" --no-config train --table "$TMPDIR/people.csv" --schema "$TMPDIR/people.tsv" \
        --kind copula -o "$TMPDIR/data/model/tiny.safetensors" >"$TMPDIR/train.log" 2>&1 || {
        echo "Bail out! the small model was not trained"
        sed 's/^/# /' "$TMPDIR/train.log"
        exit 1
    }
    MANIKIN_DATADIR=$TMPDIR/data
    export MANIKIN_DATADIR
}
