@echo off
rem Builds once (delete mnist-tune\target to build again), then runs a command: mnist train
setlocal
set "home=%~dp0"
if not exist "%home%mnist-tune\target\lib" (
  echo Building MNIST4J ^(the first time downloads about 300 MB of libraries^) ... 1>&2
  call mvn -q -B -f "%home%pom.xml" -DskipTests -Dspotless.check.skip=true -pl mnist-tune -am package || exit /b 1
)
java %MNIST4J_JAVA_OPTS% -Djava.awt.headless=true -Dorg.bytedeco.javacpp.maxphysicalbytes=0 ^
  -cp "%home%mnist-tune\target\mnist-tune-0.1.0-SNAPSHOT.jar;%home%mnist-tune\target\lib\*" ^
  io.github.mnist4j.train.cli.Mnist %*
