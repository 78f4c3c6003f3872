package io.aiofile.jna.engine

import io.aiofile.contract.seed
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.shouldBe
import java.util.ArrayDeque
import kotlin.random.Random

class RequestQueueTest :
    FunSpec({
        val file = descriptor()
        fun request() = Request(readOf(), file)

        test("is as a deque of the JDK's, whatever is done to it") {
            val random = Random(seed("request queue"))
            val queue = RequestQueue()
            val model = ArrayDeque<Request>()
            repeat(100_000) {
                when (random.nextInt(5)) {
                    0,
                    1 -> request().let { queue.addLast(it).also { _ -> model.addLast(it) } }
                    2 -> request().let { queue.addFirst(it).also { _ -> model.addFirst(it) } }
                    3 -> queue.poll() shouldBe model.pollFirst()
                    else -> {
                        val out = model.randomOrNull(random) ?: request()
                        queue.remove(out.operation())
                        model.remove(out)
                        out.next shouldBe null
                    }
                }
                queue.isEmpty shouldBe model.isEmpty()
            }
            generateSequence { queue.poll() }.toList() shouldContainExactly model.toList()
        }

        test("a chain that is taken apart may be put into another one meanwhile") {
            val requests = List(3) { request() }
            requests.zipWithNext { one, behind -> one.next = behind }
            val queue = RequestQueue()
            Request.each(requests.first()) { queue.addFirst(it) }
            generateSequence { queue.poll() }.toList() shouldContainExactly requests.reversed()
        }
    })
