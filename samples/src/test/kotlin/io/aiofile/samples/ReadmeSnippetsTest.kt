package io.aiofile.samples

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.assertions.withClue
import io.kotest.core.spec.style.StringSpec
import io.kotest.matchers.collections.shouldContain
import io.kotest.matchers.collections.shouldNotBeEmpty
import io.kotest.matchers.shouldBe
import java.nio.file.Files
import java.nio.file.Path
import kotlin.io.path.readLines

/** The code in the README is that of the samples, which is compiled and tested. */
class ReadmeSnippetsTest :
    StringSpec({
        val root =
            generateSequence(Path.of("").toAbsolutePath()) { it.parent }
                .first { Files.exists(it.resolve("samples/pom.xml")) }
        val samples =
            Files.walk(root.resolve("samples/src/main")).use { all ->
                all.filter { "$it".endsWith(".java") || "$it".endsWith(".kt") }.toList()
            }
        val regions = regionsOf(samples.associate { "$it" to it.readLines() })
        val readme = root.resolve("README.md")
        val blocks = if (Files.exists(readme)) blocksOf(readme.readLines()) else listOf()

        "the samples have regions" { regions.keys.shouldNotBeEmpty() }

        for ((name, code) in blocks) {
            "the README has $name as it is in the samples" {
                withClue("no such snippet; there are ${regions.keys}") {
                    regions.keys shouldContain name
                }
                code shouldBe regions[name]
            }
        }

        "a region is what is between its marks, not indented" {
            val lines = listOf("a", "  // snippet: x", "  b {", "", "    c", "  }", "", "  // end")
            regionsOf(mapOf("f" to lines)) shouldBe mapOf("x" to "b {\n\n  c\n}")
        }

        "regions without an end, or named twice, are faults" {
            val open = listOf("// snippet: x", "a")
            shouldThrow<IllegalStateException> { regionsOf(mapOf("f" to open)) }
            val nested = listOf("// snippet: x", "// snippet: y", "// end", "// end")
            shouldThrow<IllegalStateException> { regionsOf(mapOf("f" to nested)) }
            val twice = listOf("// snippet: x", "// end", "// snippet: x", "// end")
            shouldThrow<IllegalStateException> { regionsOf(mapOf("f" to twice)) }
        }

        "a block is what is fenced behind its name" {
            val lines = listOf("<!-- snippet: x -->", "", "```java", "a", "", " b", "```", "c")
            blocksOf(lines) shouldBe listOf("x" to "a\n\n b")
            shouldThrow<IllegalStateException> { blocksOf(listOf("<!-- snippet: x -->", "text")) }
            shouldThrow<IllegalStateException> { blocksOf(listOf("<!-- snippet: x -->", "```")) }
        }
    })

private val REGION = Regex("""\s*// snippet: (\S+)\s*""")
private val REGION_END = Regex("""\s*// end\s*""")
private val BLOCK = Regex("""\s*<!-- snippet: (\S+) -->\s*""")

/** The regions between `// snippet: name` and `// end`, by their names. */
private fun regionsOf(files: Map<String, List<String>>): Map<String, String> {
    val regions = mutableMapOf<String, String>()
    for ((file, lines) in files) {
        var name: String? = null
        val code = mutableListOf<String>()
        for (line in lines) {
            val begun = REGION.matchEntire(line)?.groupValues?.get(1)
            if (begun != null) {
                check(name == null) { "$file: $begun begins within $name" }
                check(begun !in regions) { "$file: $begun is there twice" }
                name = begun
                code.clear()
            } else if (REGION_END.matches(line) && name != null) {
                regions[name] = code.joinToString("\n").trimIndent().trim('\n')
                name = null
            } else {
                code += line
            }
        }
        check(name == null) { "$file: $name has no end" }
    }
    return regions
}

/** The fenced blocks behind `<!-- snippet: name -->`, in their order. */
private fun blocksOf(lines: List<String>): List<Pair<String, String>> {
    val blocks = mutableListOf<Pair<String, String>>()
    for ((index, line) in lines.withIndex()) {
        val name = BLOCK.matchEntire(line)?.groupValues?.get(1) ?: continue
        val fence = (index + 1 until lines.size).firstOrNull { lines[it].isNotBlank() }
        check(fence != null && lines[fence].startsWith("```")) { "$name has no code behind it" }
        val end = (fence + 1 until lines.size).firstOrNull { lines[it].startsWith("```") }
        check(end != null) { "the code of $name has no end" }
        blocks += name to lines.subList(fence + 1, end).joinToString("\n").trimIndent().trim('\n')
    }
    return blocks
}
