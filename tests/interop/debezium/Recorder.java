import io.debezium.engine.ChangeEvent;
import io.debezium.engine.DebeziumEngine;
import io.debezium.engine.format.Json;
import java.io.BufferedWriter;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;

/**
 * Runs Debezium's engine with the settings of a properties file and writes each record as three
 * lines to a file: topic, key, value ("null" for a tombstone). Ends at a record of the topic
 * "shop.public.finished" that is not from the snapshot; exit status 1 where the engine fails.
 */
public final class Recorder {
    private static final CountDownLatch ended = new CountDownLatch(1);
    private static volatile Throwable failure;

    public static void main(String[] arguments) throws Exception {
        Properties settings = new Properties();
        try (Reader reader = Files.newBufferedReader(Path.of(arguments[0]))) {
            settings.load(reader);
        }
        try (BufferedWriter out = Files.newBufferedWriter(Path.of(arguments[1]), StandardCharsets.UTF_8)) {
            DebeziumEngine<ChangeEvent<String, String>> engine = DebeziumEngine.create(Json.class)
                    .using(settings)
                    .using((success, message, error) -> {
                        if (!success) {
                            failure = error != null ? error : new IllegalStateException(message);
                        }
                        ended.countDown();
                    })
                    .notifying(record -> write(out, record))
                    .build();
            Thread thread = new Thread(engine);
            thread.start();
            ended.await();
            if (failure == null) {
                engine.close();
            }
            thread.join();
        }
        if (failure != null) {
            failure.printStackTrace();
            System.exit(1);
        }
    }

    private static void write(BufferedWriter out, ChangeEvent<String, String> record) {
        try {
            out.write(record.destination() + "\n" + record.key() + "\n" + record.value() + "\n");
            out.flush();
        } catch (java.io.IOException error) {
            throw new java.io.UncheckedIOException(error);
        }
        boolean streamed = record.value() != null && record.value().contains("\"op\":\"c\"");
        if (streamed && record.destination().equals("shop.public.finished")) {
            ended.countDown();
        }
    }
}
