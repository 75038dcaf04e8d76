"""The rules of the support check: what each objects to, and what it must let pass."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pytest

from rag.checks.additions import additions, own_reasons
from rag.checks.align import Pair
from rag.checks.attribution import claims_as_facts, other_speakers
from rag.checks.claims import altered_quotes, missing
from rag.checks.doubts import Doubt
from rag.checks.hedges import dropped
from rag.checks.opposites import contrary_words, reversed_order
from rag.checks.polarity import opposed
from rag.checks.reckoned import other_factors
from rag.checks.relations import (
    exchanged_actors,
    exchanged_words,
    mismatched_numbers,
    misplaced_numbers,
    turned_round,
)
from rag.checks.sequence import not_yet, only_planned, other_order, other_times

Rule = Callable[[Pair], Iterable[Doubt]]

# Each rule: what it must object to, and a like statement that it must let pass.
OBJECTIONS: list[tuple[Rule, str, str, str]] = [
    (missing, "A third of them voted.", "Half of them voted.", "Of the 70 members, 35 voted."),
    (missing, "About 2,300 signed.", "About 2,000 signed.", "There were 1,987 signatures."),
    (missing, "Over half of them voted.", "Under half of them voted.", "Of 70 members, 30 voted."),
    (missing, "Under 1,900 signed.", "Under 2,000 signed.", "There were 1,987 signatures."),
    (missing, "Over 2,000 signed.", "Over 1,900 signed.", "There were 1,987 signatures."),
    (missing, "It took 20 months.", "It took 18 months.", "It took 1.5 years."),
    (missing, "One in six agreed.", "One in five agreed.", "20 per cent agreed."),
    (missing, "It took ten days.", "It took two weeks.", "It took a fortnight."),
    (missing, "It took two years.", "It took a year and a half.", "It took 18 months."),
    (missing, "It took eight hours.", "It took nearly nine hours.", "It went from 06:10 to 15:00."),
    (missing, "It took 13 days.", "It took twelve days.", "It lasted from 1 March to 13 March."),
    (missing, "It took nine years.", "It took seven years.", "Begun in 1996, it ended in 2003."),
    (missing, "It fell in three days.", "It fell in two days.", "Held Monday, it fell Wednesday."),
    (missing, "They ran for 70 km.", "They ran for 80 kilometres.", "They ran for 50 miles."),
    (missing, "Three more voted yes.", "Two more voted yes.", "Of them 76 voted yes, 74 voted no."),
    (missing, "The other four left.", "The other three left.", "Two of the five stayed."),
    (missing, "It was cut to six years.", "It was cut to seven years.", "Ten years, cut by three."),
    (missing, "Some 40 were ill.", "Some 30 were ill.", "A third of the 90 were ill."),
    (missing, "In all, 60 died.", "In all, 61 died.", "In Selb 38 people died, in Alm 23."),
    (missing, "Thefts fell by half.", "Thefts fell by a third.", "Thefts: 20 after 30 in May."),
    (missing, "Prices rose 40 %.", "Prices rose 50 %.", "Bread costs 3 crowns instead of 2."),
    (missing, "Four towns flooded.", "Three towns flooded.", "Alm, Torsby and Greve flooded."),
    (missing, "Two leaders met.", "Three leaders met.", "Ada Vik, Bo Dahl and Cem Ak met."),
    (missing, "Five of them died.", "Four of them died.", "A mother and her three sons died."),
    (missing, "Five shops shut.", "Three shops shut.", "A bank, a bar and a cafe shut."),
    (missing, "She is 43 years old.", "She is 41 years old.", "Born in 1983, she won in 2024."),
    (missing, "She left in 1959.", "She left in 1950.", "Born in 1931, she left 19 years later."),
    (missing, "It is of the 18th century.", "It is of the 19th century.", "It was built in 1848."),
    (missing, "It was sold in 2022.", "It was sold in 2023.", "2 May 2024: it was sold last year."),
    (missing, "They sold 2.4 million.", "They sold 2.3 million.", "They sold 2,340,112."),
    (missing, "It is of the 19th century.", "It is of the twenty-first century.", "Built in 2004."),
    (missing, "About 301 came.", "About 300 came.", "There came 304."),
    (missing, "Three men were held.", "Two men were held.", "Two men and a woman were held."),
    (missing, "It won three more.", "It won two more.", "With three newcomers it won 76, they 74."),
    (missing, "It rose 67 %.", "It rose 50 %.", "It rose from 2 to 3 crowns."),
    (missing, "It cost half a billion.", "It cost half a million.", "It cost 500,000 crowns."),
    (missing, "Over two in three left.", "More than one in three left.", "Of them 36 % left."),
    (missing, "Over two dozen died.", "At least a dozen died.", "There died 14."),
    (
        missing,
        "Seven of the twelve agreed.",
        "Seven of the eleven agreed.",
        "It was seven to four.",
    ),
    (
        missing,
        "It rose by half a point.",
        "It rose by a quarter of a point.",
        "From 3.5 % to 3.75 %.",
    ),
    (missing, "It took three decades.", "It took the past decade.", "It took ten years."),
    (other_factors, "Rents doubled.", "Rents halved.", "Rents fell to 200 from 400 crowns."),
    (other_factors, "Prices have tripled.", "Prices have doubled.", "Bread costs 4 crowns, not 2."),
    (
        other_factors,
        "She won twice the votes.",
        "She won twice.",
        "She won 40 votes, then 50 votes.",
    ),
    (other_factors, "It is twice the mean.", "It is half the mean.", "It is half the mean."),
    (missing, "Four out of six left.", "Four out of five left.", "Of them 80 % left."),
    (missing, "Police held 308.", "Police held 318.", "They held 187 on Saturday, 131 on Sunday."),
    (missing, "He served two of seven years.", "He served two of six years.", "Six: 2015 to 2017."),
    (missing, "It began at midnight.", "It began at noon.", "It began at 12:00."),
    (missing, "It rose 0.4 points.", "It rose 0.3 points.", "It rose from 6.9 to 7.2 per cent."),
    (missing, "Brandt ran 10.92 seconds.", "Brandt ran 10.94 seconds.", "He ran 10.94 seconds."),
    (contrary_words, "It lasted a day.", "It lasted a year.", "It lasted twelve months."),
    (missing, "It won by nine.", "It won eight more seats.", "It won 76 seats, the others 68."),
    (missing, "Twelve miners died.", "Eleven miners died.", "11 miners died."),
    (missing, "It opens on 13 May.", "It opens on 3 May.", "It opens on May 3."),
    (missing, "It cost $2.5 billion.", "It cost $2,500,000.", "It cost $2.5 million."),
    (missing, "They met Ruud.", "They met Orlik.", "They met the engineer Pavel Orlik."),
    (missing, "It began at 8:30 p.m.", "It began at half past nine.", "It began at 9:30 p.m."),
    (missing, "Sixty per cent voted.", "Half of them voted.", "Of them, 50 % voted."),
    (
        altered_quotes,
        'Ruud called it "a bad day".',
        'Ruud called it "a sad day".',
        "“It was a sad day,” said Ruud.",
    ),
    (opposed, "The dam failed.", "The dam did not fail.", "The dam never failed."),
    (opposed, "The dam was not repaired.", "The dam was repaired.", "Orlik repaired the dam."),
    (
        opposed,
        "The Taliban claimed responsibility.",
        "The Taliban did not claim responsibility.",
        "The Taliban denied responsibility.",
    ),
    (contrary_words, "Exports rose.", "Exports fell.", "Exports fell by a tenth."),
    (contrary_words, "He waited a week.", "He waited a year.", "He waited twelve months."),
    (contrary_words, "Ruud is her brother.", "Ruud is her son.", "Ruud is her son."),
    (
        reversed_order,
        "Orlik left before the vote.",
        "After the vote Orlik left.",
        "Orlik left after the vote.",
    ),
    (
        other_speakers,
        "Ruud said that the bridge was unsafe.",
        "Dahl said that the bridge was unsafe.",
        "Ines Dahl said that the bridge was unsafe. Then Ruud left.",
    ),
    (
        claims_as_facts,
        "The guards opened the gate.",
        "Residents say that the guards opened the gate.",
        "Residents say that the guards opened the gate.",
    ),
    (
        claims_as_facts,
        "The gate was opened by guards.",
        "According to residents, the gate was opened by guards.",
        "The gate was opened by guards, residents said.",
    ),
    (
        claims_as_facts,
        "The guards opened the gate.",
        "Dahl told reporters that the guards opened the gate.",
        "Dahl told reporters that the guards opened the gate.",
    ),
    (dropped, "35 died.", "As many as 35 died.", "Up to 35 died."),
    (dropped, "The river will flood.", "The river might flood.", "The river may flood."),
    (
        dropped,
        "The line carries coal.",
        "The line will carry coal.",
        "It is expected to carry coal.",
    ),
    (
        exchanged_actors,
        "Ines Dahl sued Pavel Orlik.",
        "Ines Dahl was sued by Pavel Orlik.",
        "Pavel Orlik sued Ines Dahl.",
    ),
    (
        exchanged_words,
        "The union sued the company.",
        "The union was sued by the company.",
        "The company sued the union.",
    ),
    (
        turned_round,
        "It moved from Tarn to Velm.",
        "It moved to Tarn from Velm.",
        "It moved from Velm to Tarn.",
    ),
    (
        misplaced_numbers,
        "Three goats in Tarn and two in Velm were lost.",
        "Two goats in Tarn and three in Velm were lost.",
        "In all, two goats in Tarn and three in Velm were lost.",
    ),
    (
        misplaced_numbers,
        "The trial begins on 9 May.",
        "The trial begins on 14 May.",
        "The jury is chosen on 9 May and the trial begins on 14 May.",
    ),
    (
        misplaced_numbers,
        "The bloc has 74 of the 150 seats.",
        "The bloc has 76 of the 150 seats.",
        "The bloc has 76 seats in the house of 150, the others 74.",
    ),
    (
        misplaced_numbers,
        "He wrote 88 novels and died in Sfax.",
        "He died in Sfax at 88.",
        "The author of 30 novels died in Sfax. He was 88.",
    ),
    (
        misplaced_numbers,
        "Six of the ten accused were convicted.",
        "Four of the ten accused were convicted.",
        "Of the ten accused, six were acquitted and the remaining four convicted.",
    ),
    (
        misplaced_numbers,
        "Three people were killed in the first raid.",
        "One person was killed in the first raid.",
        "The first raid killed one person; three were killed in the second.",
    ),
    (
        misplaced_numbers,
        "Some 2,000 soldiers went to the north.",
        "Some 200 soldiers went to the north.",
        "Some 200 soldiers went to the north and 2,000 to the coast.",
    ),
    (
        misplaced_numbers,
        "Every third house in Tarn was insured.",
        "Every tenth house in Tarn was insured.",
        "Every tenth house in Tarn was insured; in the country it is every third.",
    ),
    (
        mismatched_numbers,
        "The mine produced 14 tonnes of gold in 2023.",
        "The mine produced 9 tonnes of gold in 2023.",
        "The mine produced 9 tonnes of gold in 2023 and expects to produce 14 in 2024.",
    ),
    (
        other_times,
        "The line was opened in 2017.",
        "The line was opened in 2021.",
        "The line, agreed upon in 2017, was opened in 2021.",
    ),
    (
        other_times,
        "The pictures were sent back in June.",
        "The pictures were sent back a month later.",
        "The probe arrived in June and sent back its pictures a month later.",
    ),
    (
        other_order,
        "Ruud left before the alarm went off.",
        "Ruud left after the alarm went off.",
        "The alarm went off at 9:10. Ruud left at 9:25 with her staff.",
    ),
    (
        other_order,
        "Gas was used after vans had been set on fire.",
        "Gas was used before vans were set on fire.",
        "Police used gas. In the chaos that followed, vans were set on fire.",
    ),
    (
        other_order,
        "After the bank collapsed, its clients were warned.",
        "After its clients were warned, the bank collapsed.",
        "The clients were warned in June. The bank collapsed in August.",
    ),
    (
        other_order,
        "The union called the strike after talks broke down.",
        "The union called the strike before talks broke down.",
        "The union called the strike on Monday, and on Wednesday talks broke down.",
    ),
    (
        other_order,
        "The truce was broken before the talks opened.",
        "The truce was broken after the talks opened.",
        "The talks opened at noon and the truce was broken two hours later.",
    ),
    (
        other_times,
        "The rebels attacked the airport on Monday.",
        "The rebels attacked the airport two days later.",
        "The rebels attacked the barracks on Monday and, two days later, the airport.",
    ),
    (
        only_planned,
        "The hearing took place on 12 May.",
        "The hearing took place on 19 May.",
        "The hearing, set for 12 May, was put off by a week. It took place on 19 May.",
    ),
    (
        not_yet,
        "The curfew was lifted on Sunday.",
        "The curfew will be lifted on Sunday.",
        "The curfew will be lifted on Sunday, Ruud said.",
    ),
    (
        own_reasons,
        "The mill closed because of the drought.",
        "There was a drought and the mill closed.",
        "There was a drought. The mill closed.",
    ),
    (
        missing,
        "It sold for 40,000 crowns short of the price.",
        "It sold for 30,000 crowns short of the price.",
        "The price was 320,000 crowns. It sold for 290,000.",
    ),
    (
        missing,
        "Members pay 20 per cent more for the hall.",
        "Members pay 25 per cent more for the hall.",
        "The fee for the hall goes up from 80 to 100 crowns.",
    ),
    (
        missing,
        "In all, eight farms were hit.",
        "By Friday, seven farms were hit.",
        "On Monday two farms were hit, by Friday a further five farms.",
    ),
    (
        missing,
        "She was a fifth of a second slower than the record.",
        "She was a tenth of a second slower than the record.",
        "She ran 52.40 seconds; the record is 52.30.",
    ),
    (
        missing,
        "They built nine more than us.",
        "They built nine or more dams.",
        "They built at least nine dams.",
    ),
    (
        opposed,
        "The hut does not have a view.",
        "The hut has not had a roof since the gale.",
        "The hut has been roofless since the gale. It has a view.",
    ),
    (
        opposed,
        "The flood did not hit the bridge.",
        "The flood did not shut the bridge.",
        "The bridge, hit by the flood, stayed open.",
    ),
    (
        opposed,
        "The council has not met.",
        "The council has not yet decided on it.",
        "The council has met. It has yet to decide on it.",
    ),
    (
        opposed,
        "The choir has a soloist.",
        "The choir has chosen a conductor.",
        "Without a soloist, the choir has chosen a conductor.",
    ),
    (
        opposed,
        "The bill did not pass.",
        "The bill did not obtain the majority.",
        "The bill fell short of the majority; the budget passed.",
    ),
    (
        exchanged_actors,
        "Elsa Ruud sued Pavel Orlik.",
        "Bids for Tarn stopped.",
        "Ines Dahl reported that bids for Tarn stopped. Pavel Orlik sued Elsa Ruud.",
    ),
    (
        missing,
        "It sold for 1.5 million crowns.",
        "It sold for 1.25 million crowns.",
        "It sold for one and a quarter million crowns.",
    ),
    (
        missing,
        "Every fourth passenger stood.",
        "Every fifth passenger stood.",
        "Twenty per cent of the passengers stood.",
    ),
    (
        missing,
        "Less than one in twenty agreed.",
        "Less than one in ten agreed.",
        "Of them 8 per cent agreed.",
    ),
    (
        dropped,
        "Nuts lower the risk of a stroke.",
        "Nuts might lower the risk of a stroke.",
        "Nuts might lower the risk of a stroke.",
    ),
    (
        dropped,
        "There marched 6,000 people.",
        "From 2,000 to 6,000 people marched.",
        "Between 2,000 and 6,000 people marched.",
    ),
    (
        opposed,
        "The vote did not go ahead.",
        "The vote went ahead.",
        "The vote went ahead shortly after noon.",
    ),
    (
        opposed,
        "The party did not get two sums.",
        "The party got two gifts.",
        "The party got two sums; it declared no other gifts.",
    ),
    (
        opposed,
        "The report was not read.",
        "The report makes no mention of the refugees.",
        "The report was read. It is silent on the refugees.",
    ),
    (
        contrary_words,
        "The shut shop lends skis to clubs.",
        "The shop lends skis to clubs.",
        "Clubs borrow skis from the open shop.",
    ),
    (
        claims_as_facts,
        "The roof leaks.",
        "It was bought for 310 crowns.",
        "It was bought for 310 crowns, twice the estimate. Ruud said that the roof leaks.",
    ),
    (
        claims_as_facts,
        "The roof leaks.",
        "He wants to ban it in Tarn.",
        "He wants to ban it in Tarn, a step its makers vowed to fight. Ruud said the roof leaks.",
    ),
    (
        claims_as_facts,
        "No boots were left for the soldiers.",
        "The report mentions that no boots were left for the soldiers.",
        "The report says that no boots were left for the soldiers.",
    ),
    (
        claims_as_facts,
        "The cup maker uses only recycled steel.",
        "The cup maker says that it uses only recycled steel.",
        '"We use only recycled steel," the cup maker Tasta says on its website.',
    ),
    (
        other_speakers,
        "The Alm Party said that a fire had closed the hall.",
        "The Alm Party claimed the hall, but Pavel Orlik said that a fire had closed it.",
        "The Alm Party claimed the hall, but Pavel Orlik said that a fire had closed the hall.",
    ),
    (
        misplaced_numbers,
        "It had four papers.",
        "The town trebled within two decades.",
        "From 1840 to 1860 the town grew from 4,000 to 12,000. It had two papers and four halls.",
    ),
    (
        exchanged_words,
        "The keeper sued the mayor.",
        "The keeper, Tormod Orlik, says the lake is low.",
        '"The lake is low," said Orlik, the keeper. The mayor sued the keeper.',
    ),
    (
        exchanged_actors,
        "Elsa Ruud sued Pavel Orlik.",
        "She asked at Tarn Gap before the snow came.",
        "In Tarn, Ada Vik asked before the snow came. Pavel Orlik sued Elsa Ruud.",
    ),
    (
        additions,
        "The red lorry hit a tree.",
        "The lorry hit a tree.",
        "The lorry hit a tree.",
    ),
]


def objections(rule: Rule, statement: str, evidence: str) -> list[str]:
    return [doubt.reason for doubt in rule(Pair.of(statement, [evidence]))]


@pytest.mark.parametrize(("rule", "wrong", "right", "evidence"), OBJECTIONS)
def test_each_rule_objects_to_its_mistake_only(
    rule: Rule, wrong: str, right: str, evidence: str
) -> None:
    assert objections(rule, wrong, evidence)
    assert objections(rule, right, evidence) == []
