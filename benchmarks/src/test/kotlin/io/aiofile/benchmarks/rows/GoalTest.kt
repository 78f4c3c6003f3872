package io.aiofile.benchmarks.rows

import io.aiofile.benchmarks.measure.Figure
import io.aiofile.benchmarks.measure.Metric
import io.aiofile.benchmarks.worker.CopyWork
import io.aiofile.benchmarks.worker.LinesWork
import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.collections.shouldBeUnique
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.kotest.matchers.types.shouldBeInstanceOf

class GoalTest :
    StringSpec({
        val lines = Cell(1, "lines", Cache.CACHED, LinesWork, Metric.LINES)
        val copy = Cell(2, "copy", Cache.CACHED, CopyWork(durable = false), Metric.SECONDS)

        fun results(vararg medians: Triple<Cell, String, Double>) =
            Results(
                medians.flatMap { (cell, name, value) ->
                    listOf(value * 0.5, value, value * 9).mapIndexed { round, each ->
                        Figure(cell.row, cell.name, name, round + 1, cell.metric, each)
                    }
                }
            )

        "a ratio is one of medians, to the best of those meant" {
            val goal = Goal.atLeast(2.0, lines, "ours", "the others") { it.startsWith("peer") }
            val all =
                results(
                    Triple(lines, "ours", 300.0),
                    Triple(lines, "peer 1", 100.0),
                    Triple(lines, "peer 2", 150.0),
                    Triple(lines, "limit", 1000.0),
                )
            goal.verdict(all).shouldBeInstanceOf<Verdict.Met>().reached shouldBe "2 × peer 2"
            val slower = results(Triple(lines, "ours", 290.0), Triple(lines, "peer 2", 150.0))
            goal.verdict(slower).shouldBeInstanceOf<Verdict.Missed>().reached shouldContain "1.93"
        }

        "where less is better the best is the least" {
            val goal = Goal.atMost(1.05, copy, "ours", "cp")
            goal
                .verdict(results(Triple(copy, "ours", 1.04), Triple(copy, "cp", 1.0)))
                .shouldBeInstanceOf<Verdict.Met>()
            goal
                .verdict(results(Triple(copy, "ours", 1.06), Triple(copy, "cp", 1.0)))
                .shouldBeInstanceOf<Verdict.Missed>()
            val faster = results(Triple(copy, "a", 2.0), Triple(copy, "b", 1.0))
            faster.best("copy", Metric.SECONDS) { true } shouldBe ("b" to 1.0)
        }

        "a goal against somebody who is not there stays open" {
            val goal = Goal.atMost(1.05, copy, "ours", "cp")
            goal.verdict(results(Triple(copy, "ours", 1.0))).reached shouldBe "cp not measured"
            goal.verdict(results()).shouldBeInstanceOf<Verdict.Open>()
        }

        "a limit holds in the worst round" {
            val goal = Goal.limit(10.0, copy, "ours", Metric.SECONDS)
            // The rounds are 1, 2 and 18.
            goal.verdict(results(Triple(copy, "ours", 2.0))).shouldBeInstanceOf<Verdict.Missed>()
            goal.verdict(results(Triple(copy, "ours", 1.0))).shouldBeInstanceOf<Verdict.Met>()
        }

        "being ahead in every cell names those where it is not" {
            val goal =
                Goal.aheadInEvery(listOf(lines, copy), "ours", Metric.P50, "p") { it == "peer" }
            val all =
                results(
                    Triple(lines, "ours", 2.0),
                    Triple(lines, "peer", 1.0),
                    Triple(copy, "ours", 2.0),
                    Triple(copy, "peer", 1.0),
                )
            goal.verdict(all).shouldBeInstanceOf<Verdict.Missed>().reached shouldContain "copy"
            val mean =
                Goal.geometricMeanAtLeast(1.0, listOf(lines, copy), "ours", "p") { it == "peer" }
            mean.verdict(all).shouldBeInstanceOf<Verdict.Met>()
        }

        "every row has cells of its own number and name, somebody of ours, and a goal" {
            for (scale in listOf(Scale.QUICK, Scale.FULL)) {
                val rows = allRows(scale)
                rows.map { it.number }.shouldBeUnique()
                rows.flatMap { it.cells }.map { it.name }.shouldBeUnique()
                for (row in rows) {
                    row.cells.all { it.row == row.number } shouldBe true
                    row.goals.isNotEmpty() shouldBe true
                    row.contestants.any {
                        it.name == Contestants.chosen || it.name == Contestants.chosenInKotlin
                    } shouldBe true
                    row.contestants.map { it.name }.shouldBeUnique()
                }
            }
        }
    })
