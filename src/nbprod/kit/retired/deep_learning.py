"""TensorFlow, Keras, PyTorch and what goes with them."""

ROWS = r"""
https://www.tensorflow.org/guide/migrate
tensorflow.{Session,InteractiveSession,ConfigProto,GPUOptions,placeholder,placeholder_with_default,
    global_variables_initializer,local_variables_initializer,variables_initializer,initialize_all_variables,
    trainable_variables,global_variables,get_variable,variable_scope,get_variable_scope,reset_default_graph,
    get_default_graph,get_default_session,set_random_seed,assign,assign_add,to_float,to_int32,to_int64,
    truncated_normal,random_normal,random_uniform,random_shuffle,multinomial,log,div,ceil,diag,matrix_inverse,
    sparse_to_dense,app,flags,logging,gfile,python_io,layers,losses,metrics,GraphKeys,AUTO_REUSE,Print,py_func,
    enable_eager_execution,truncated_normal_initializer,random_uniform_initializer,read_file,decode_csv,
    TFRecordReader,TextLineReader,WholeFileReader,FixedLenFeature,parse_single_example,add_to_collection,
    get_collection,is_variable_initialized,verify_tensor_all_finite,report_uninitialized_variables,batch_to_space,
    log_sigmoid,string_split,substr,mod,real,unsorted_segment_sum,random_crop,summary.FileWriter,summary.merge_all,
    summary.merge,train.Saver,train.AdamOptimizer,train.GradientDescentOptimizer,train.RMSPropOptimizer,
    train.AdagradOptimizer,train.MomentumOptimizer,train.AdadeltaOptimizer,train.exponential_decay,
    train.get_or_create_global_step,train.shuffle_batch,train.batch,train.string_input_producer,
    train.start_queue_runners,train.MonitoredTrainingSession,nn.softmax_cross_entropy_with_logits_v2,nn.dynamic_rnn,
    nn.static_rnn,nn.bidirectional_dynamic_rnn,nn.rnn_cell,nn.xw_plus_b,estimator.inputs,image.resize_images,
    image.resize_bilinear,saved_model.simple_save,saved_model.tag_constants,saved_model.signature_constants} | 1.14
    | 2.0 | use `tf.compat.v1` as a stopgap, or rewrite for eager execution
tensorflow.contrib.* | 1.14 | 2.0 | use TensorFlow Addons, tf-slim or Keras
tensorflow.examples.* | 1.14 | 2.0 | use `tf.keras.datasets` or tensorflow-datasets
tensorflow.estimator.* | 2.13 | 2.16 | use Keras
tensorflow.feature_column.* | 2.13 | 2.19 | use Keras preprocessing layers
https://keras.io/guides/migrating_to_keras_3/
keras.{Model,Sequential}.fit_generator | 2.4 | 3.0 | ~> fit
keras.{Model,Sequential}.predict_generator | 2.4 | 3.0 | ~> predict
keras.{Model,Sequential}.evaluate_generator | 2.4 | 3.0 | ~> evaluate
keras.{Model,Sequential}.predict_classes | 2.3 | 2.6 | use `model.predict(x).argmax(axis=-1)`, or a threshold
keras.{Model,Sequential}.predict_proba | 2.3 | 2.6 | -> predict
keras.{Model,Sequential}.fit(nb_epoch=) | 2.0 | 2.0 | -> epochs
keras.{Model,Sequential}.{fit_generator}(nb_epoch=) | 2.0 | 2.0 | -> epochs
keras.layers.core.{TimeDistributedDense,Merge,MaxoutDense,Highway} | 2.0 | 2.2 | use `TimeDistributed` or `Concatenate`
keras.layers.{core,convolutional,recurrent,pooling,embeddings,normalization,wrappers,noise,local,
    advanced_activations,convolutional_recurrent}.* | 2.4 | 3.0 | -> keras.layers.*
keras.layers.merge.* | 2.4 | 3.0 | -> keras.layers.*
keras.layers.normalization.BatchNormalization | 2.4 | 3.0 | -> keras.layers.BatchNormalization
keras.layers.{Merge,merge,MaxoutDense,Highway,TimeDistributedDense} | 2.0 | 2.2 | use `Add`, `Concatenate` and the
    like
keras.layers.{CuDNNLSTM,CuDNNGRU} | 2.4 | 3.0 | use `LSTM` and `GRU`
keras.layers.experimental.preprocessing.* | 2.6 | 3.0 | -> keras.layers.*
keras.layers.Dense(output_dim=) | 2.0 | 2.2 | -> units
keras.layers.Dense(init=) | 2.0 | 2.2 | -> kernel_initializer
keras.layers.{Conv2D,Convolution2D}(border_mode=) | 2.0 | 2.2 | -> padding
keras.layers.{Conv2D,Convolution2D}(subsample=) | 2.0 | 2.2 | -> strides
keras.{models.Model,Model}(input=) | 2.0 | 2.2 | -> inputs
keras.{models.Model,Model}(output=) | 2.0 | 2.2 | -> outputs
keras.utils.np_utils.* | 2.6 | 3.0 | -> keras.utils.*
keras.utils.vis_utils.* | 2.6 | 3.0 | -> keras.utils.*
keras.utils.{generic_utils,data_utils,layer_utils,training_utils}.* | 2.6 | 3.0 | -> keras.utils.*
keras.utils.multi_gpu_model | 2.2 | 2.4 | use `tf.distribute.MirroredStrategy`
keras.wrappers.scikit_learn.* | 2.7 | 2.12 | use the package scikeras
keras.objectives.* | 1.0 | 2.0 | -> keras.losses.*
keras.preprocessing.text.{Tokenizer,text_to_word_sequence,one_hot,hashing_trick,tokenizer_from_json} | 2.9 |  | use
    `keras.layers.TextVectorization`
keras.preprocessing.image.ImageDataGenerator | 2.9 |  | use `image_dataset_from_directory` and augmentation layers
keras.optimizers.{Adam,SGD,RMSprop,Adagrad,Adadelta,Adamax,Nadam,Ftrl}(lr=) | 2.3 | 3.0 | -> learning_rate
keras.optimizers.{Adam,SGD,RMSprop,Adagrad,Adadelta,Adamax,Nadam}(decay=) | 2.11 | 3.0 | pass a schedule as
    `learning_rate`
keras.callbacks.ModelCheckpoint(period=) | 2.2 | 3.0 | use `save_freq`
keras.layers.{RNN,LSTM,GRU,SimpleRNN}(output_dim=) | 2.0 | 2.2 | -> units
https://pytorch.org/docs/stable/
torch.autograd.Variable | 0.4 |  | use tensors: they keep track of gradients themselves
torch.nn.functional.{upsample,upsample_bilinear,upsample_nearest} | 0.4 |  | use `interpolate`
torch.nn.init.{xavier_uniform,xavier_normal,kaiming_uniform,kaiming_normal,uniform,normal,constant,orthogonal} | 0.4
    |  | -> torch.nn.init.*_
torch.nn.utils.clip_grad_norm | 0.4 |  | -> torch.nn.utils.clip_grad_norm_
torch.nn.{MSELoss,L1Loss,CrossEntropyLoss,NLLLoss,BCELoss,BCEWithLogitsLoss,KLDivLoss,SmoothL1Loss}(size_average=) |
    0.4 |  | use `reduction`
torch.nn.functional.{mse_loss,cross_entropy,nll_loss,binary_cross_entropy,binary_cross_entropy_with_logits,
    kl_div}(size_average=) | 0.4 |  | use `reduction`
torch.{symeig} | 1.9 | 1.13 | use `torch.linalg.eigh`
torch.{solve} | 1.9 | 1.13 | use `torch.linalg.solve`
torch.{eig} | 1.9 | 1.13 | use `torch.linalg.eig`
torch.{lstsq} | 1.9 | 1.13 | use `torch.linalg.lstsq`
torch.{rfft,irfft,ifft} | 1.7 | 1.8 | use `torch.fft`
torch.set_default_tensor_type | 2.1 |  | use `torch.set_default_dtype` and `torch.set_default_device`
torch.cuda.amp.{autocast,GradScaler} | 2.4 |  | use `torch.amp` with "cuda" as its first argument
https://docs.pytorch.org/vision/stable/models.html
torchvision.models.{alexnet,vgg11,vgg13,vgg16,vgg19,vgg11_bn,vgg16_bn,vgg19_bn,resnet18,resnet34,resnet50,resnet101,
    resnet152,resnext50_32x4d,resnext101_32x8d,wide_resnet50_2,wide_resnet101_2,densenet121,densenet161,densenet169,
    densenet201,inception_v3,googlenet,mobilenet_v2,mobilenet_v3_large,mobilenet_v3_small,squeezenet1_0,
    squeezenet1_1,shufflenet_v2_x1_0,efficientnet_b0,efficientnet_b1,efficientnet_b4,efficientnet_b7,vit_b_16,
    convnext_tiny,mnasnet1_0}(0 pretrained=True) | 0.13 |  | use `weights="DEFAULT"`, or better the weights by name
torchvision.models.detection.{fasterrcnn_resnet50_fpn,maskrcnn_resnet50_fpn,keypointrcnn_resnet50_fpn,
    retinanet_resnet50_fpn}(0 pretrained=True) | 0.13 |  | use `weights="DEFAULT"`, or better the weights by name
torchvision.models.segmentation.{deeplabv3_resnet50,deeplabv3_resnet101,fcn_resnet50,fcn_resnet101}(0
    pretrained=True) | 0.13 |  | use `weights="DEFAULT"`, or better the weights by name
torchvision.transforms.Scale | 0.2 | 0.12 | -> torchvision.transforms.Resize
torchvision.transforms.RandomSizedCrop | 0.2 | 0.12 | -> torchvision.transforms.RandomResizedCrop
torchtext.legacy.* | 0.9 | 0.12 | use `torch.utils.data`
torchtext.data.{Field,LabelField,TabularDataset,BucketIterator,Iterator,Example} | 0.9 | 0.12 | use `torch.utils.data`
https://lightning.ai/docs/pytorch/stable/upgrade/migration_guide.html
{pytorch_lightning,lightning.pytorch}.Trainer(gpus=) | 1.7 | 2.0 | use `accelerator="gpu", devices=…`
{pytorch_lightning,lightning.pytorch}.Trainer(tpu_cores=) | 1.7 | 2.0 | use `accelerator="tpu", devices=…`
{pytorch_lightning,lightning.pytorch}.Trainer(progress_bar_refresh_rate=) | 1.5 | 2.0 | use the callback
    `TQDMProgressBar`
{pytorch_lightning,lightning.pytorch}.Trainer(checkpoint_callback=) | 1.5 | 2.0 | -> enable_checkpointing
{pytorch_lightning,lightning.pytorch}.Trainer(weights_summary=) | 1.5 | 2.0 | use `enable_model_summary`
{pytorch_lightning,lightning.pytorch}.Trainer(resume_from_checkpoint=) | 1.5 | 2.0 | pass `ckpt_path` to `fit`
{pytorch_lightning,lightning.pytorch}.Trainer(auto_lr_find=) | 1.9 | 2.0 | use `Tuner`
pytorch_lightning.metrics.* | 1.2 | 1.5 | use torchmetrics
"""
